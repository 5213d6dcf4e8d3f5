import type { z } from 'zod';

/** `syscalls[3].args[0].op` */
function placeOf(path: readonly PropertyKey[]): string {
  return path
    .map((step, i) => (typeof step === 'number' ? `[${step}]` : `${i > 0 ? '.' : ''}${String(step)}`))
    .join('');
}

/** What is wrong, in words for people who write profiles. */
function wordsOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type': {
      const received = /received (\w+)$/.exec(issue.message)?.[1] ?? 'something else';
      return received === 'undefined' ? 'is missing' : `must be of type ${issue.expected}, not ${received}`;
    }
    case 'too_small':
      return issue.origin === 'string' ? 'is empty' : `must not be below ${issue.minimum}`;
    case 'too_big':
      return `must not be above ${issue.maximum}`;
    default:
      return issue.message;
  }
}

/** The first three things that are wrong with a document, each with its place in it. */
export function issuesText(issues: readonly z.core.$ZodIssue[]): string {
  const words = issues.slice(0, 3).map((issue) => {
    const place = placeOf(issue.path);
    return place === '' ? wordsOf(issue) : `${place}: ${wordsOf(issue)}`;
  });
  const more = issues.length > 3 ? ` (and ${issues.length - 3} more)` : '';
  return `${words.join('; ')}${more}`;
}
