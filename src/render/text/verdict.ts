import type { Denial } from '../../core/documents/denial.ts';
import type { HostIdentity } from '../../core/documents/host.ts';
import type { Report } from '../../core/documents/report.ts';
import { bySeverity, isFinding } from '../../core/documents/severity.ts';
import { visible } from '../escape.ts';
import { causePhrase, errorPhrase, hostLine, remedyPhrase } from '../phrases/verdict.ts';
import { headlineOf } from '../words.ts';
import { wrap } from './wrap.ts';

export type Paint = (code: number, text: string) => string;

export interface VerdictText {
  readonly report: Report;
  /** The refusals that it is about. */
  readonly shown: readonly Denial[];
  readonly host: HostIdentity | undefined;
  readonly remedy: Parameters<typeof remedyPhrase>[0] | undefined;
  /** The command to type next. */
  readonly next: string | undefined;
  /** Of a build that failed: what the builder itself said. */
  readonly builderError?: string | undefined;
}

/** What broke, the program's own message, the cause, the fix, the next command; then the host. A line each. */
export function verdictLines(
  { report, shown, host, remedy, next, builderError }: VerdictText,
  width: number,
  paint: Paint,
): string[] {
  const headline = headlineOf(report);
  const tone = { clean: 32, harmless: 32, blocked: 31, undecided: 33 }[headline.level];
  const out = [paint(tone, wrap(`${headline.text}.`, width))];
  const say = (label: string, text: string | undefined): void => {
    if (text !== undefined) out.push(labelled(label, text, width));
  };
  const [worst] = shown.filter(isFinding).sort(bySeverity);
  if (worst) {
    say('Error', errorPhrase(worst, report.exit));
    say('Cause', causePhrase(worst, host));
    say('Fix', remedy && remedyPhrase(remedy));
    // A command is copied whole: it is not broken into lines.
    if (next !== undefined) out.push(labelled('Next', paint(1, next), Infinity));
  } else {
    for (const detail of headline.details) out.push(wrap(`  ${detail}`, width, '  '));
    if (builderError !== undefined) say('Builder', visible(builderError));
  }
  if (host) say('Host', hostLine(host));
  return out;
}

const LABEL = 8;

/** `  Cause: …`, all texts below one another; an empty label goes on with what is above. */
export function labelled(label: string, text: string, width: number): string {
  const indent = ' '.repeat(LABEL + 1);
  const head = label === '' ? '' : `${label}:`;
  return wrap(`  ${head.padEnd(LABEL - 2)} ${text}`, width, indent);
}
