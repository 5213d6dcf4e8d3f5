import { markdownCode as code, markdownText as text } from '../reporters/escape.ts';
import type { CheckDocument } from '../schemas/check.ts';
import { command } from './workflowCommand.ts';

type Change = CheckDocument['fixtures'][number]['changes'][number];

const KINDS = {
  'newly-blocked': 'is newly blocked',
  'newly-allowed': 'is newly allowed',
  changed: 'is answered otherwise',
} as const;

const answers = (denials: Change['before']): string =>
  denials.length === 0 ? 'allowed' : denials.map(({ errno, cause }) => `${errno} (${cause})`).join(', ');

/** GitHub shows ten annotations of a kind for a step. */
const MOST = 10;

/** An error for each verdict that got worse and each broken promise, one notice when nothing did. */
export function checkAnnotations({ fixtures, promises, live, worse }: CheckDocument): string {
  const errors = [
    ...fixtures.flatMap(({ name, changes }) =>
      changes
        .filter((change) => change.worse)
        .map(({ host, syscall, kind, before, after }) =>
          command(
            'error',
            `${name}: ${syscall} ${KINDS[kind]} on ${host}`,
            `before: ${answers(before)}; now: ${answers(after)}`,
          ),
        ),
    ),
    ...(promises ?? [])
      .filter(({ kept }) => !kept)
      .map(({ host, fixture, broken }) =>
        command(
          'error',
          `${fixture} no longer works on ${host.expression}`,
          `refused there: ${broken.map(({ syscall, errno }) => `${syscall} (${errno})`).join(', ')}`,
        ),
      ),
    ...(live?.newSyscalls ?? [])
      .filter(({ refusedBy }) => refusedBy.length > 0)
      .map(({ syscall, refusedBy }) =>
        command(
          'error',
          `${live!.fixture} now needs ${syscall}`,
          `refused by ${refusedBy.slice(0, 5).join(', ')}`,
        ),
      ),
  ];
  if (errors.length > 0) return errors.slice(0, MOST).join('');
  return command(
    'notice',
    'trace-build check',
    worse ? 'something got worse' : `${fixtures.length} fixtures, nothing got worse`,
  );
}

/** Markdown for the summary of the step. */
export function checkSummary({ fixtures, worse }: CheckDocument): string {
  const rows = fixtures.flatMap(({ name, changes }) =>
    changes.map(
      ({ host, syscall, kind, before, after, worse: bad }) =>
        `| ${bad ? '🔴' : '🟡'} | ${code(name)} | ${code(host)} | ${code(syscall)} ${KINDS[kind]} | ${text(answers(before))} | ${text(answers(after))} |`,
    ),
  );
  const headline = worse
    ? '## 🔴 Verdicts got worse'
    : rows.length > 0
      ? '## 🟡 Verdicts changed, none for the worse'
      : '## 🟢 No verdict changed';
  if (rows.length === 0) return `${headline}\n\n${fixtures.length} fixtures checked.`;
  return [
    headline,
    '',
    '|  | Fixture | Host | Change | Before | Now |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows.slice(0, 500),
  ].join('\n');
}
