import type { MinimizeDocument } from '../../core/documents/minimize.ts';
import { listInWords, plural } from './text.ts';

const MANY = 12;

/** What an allowlist opens, and what it does not grant: sentences. */
export function limitsOf({
  escapes = [],
  refusedByHost = [],
  allowlist,
  host,
}: MinimizeDocument): readonly string[] {
  const notes: string[] = [];
  // Of a change, each element carries its danger.
  if (allowlist && escapes.length > 0) {
    const named = escapes.map(
      ({ syscall, route, weight, why }) => `${syscall} (${route}; danger ${weight} of 10: ${why})`,
    );
    notes.push(`It leaves known ways out open: ${named.join(', ')}.`);
  }
  if (refusedByHost.length > 0) {
    const names = listInWords(
      refusedByHost.map(({ name }) => name),
      MANY,
    );
    notes.push(
      `Not in the list although it was called: ${names}. ${host.engine} ${host.version} refuses it, and the list grants no more than that. Where the command cannot do without, trace-build minimize without --allowlist finds what has to be changed.`,
    );
  }
  return notes;
}

/** What is to be known of an allowlist beside its proof: sentences. */
export function allowlistNotes(document: MinimizeDocument): readonly string[] {
  const { coverage, runtime, statusAlone } = document;
  const notes = [...limitsOf(document)];
  if (coverage) {
    const { traces, entries, inEveryTrace, inOneTrace, expectedNew } = coverage;
    const alone =
      inOneTrace.length === 0
        ? 'none rests on one alone'
        : `${inOneTrace.length} rest on one alone: ${listInWords(inOneTrace, MANY)}`;
    notes.push(
      `Of ${plural(entries, 'entry', 'entries')}, ${inEveryTrace} are in each of ${plural(traces, 'traced run')}; ${alone}. A further run of the same kind is expected to add ${expectedNew} (Good and Turing); paths that none of them took may need more.`,
    );
  }
  if (runtime) {
    const measured = runtime.measured.join(' and ');
    const basis = runtime.exact
      ? `each was put to the test with ${measured}`
      : `all that ${measured} was seen to call, for another version runs here`;
    notes.push(`Allowed for the runtime itself, ${basis}: ${runtime.names.join(' ')}.`);
  }
  if (statusAlone) {
    notes.push(
      'Exit status 0 alone was taken for a pass: what may fail without changing it (a pipe, a command before a `;`) is not in the list; see --test and --expect-output.',
    );
  }
  return notes;
}

/** Lines that look like errors in a run that passed. */
export function newErrors(lines: readonly string[]): string {
  return `It passes, but prints what it did not print without a filter: ${lines.map((line) => `"${line}"`).join(', ')}. Where that matters, --reject-output makes it a failure.`;
}
