import type { Denial } from '../core/documents/denial.ts';
import type { HostBlocked, Report } from '../core/documents/report.ts';
import { bySeverity } from '../core/documents/severity.ts';
import type { Cause } from '../core/seccomp/profile/action.ts';
import { jsonText, shorten, visible } from './escape.ts';
import { callTitle } from './phrases/call.ts';
import { fallbackPhrase } from './phrases/callers.ts';
import { followedPhrase } from './phrases/consequence.ts';
import { evidencePhrase } from './phrases/reason.ts';
import { sentence } from './phrases/text.ts';
import { basisInWords, causeInWords, fixInWords } from './words.ts';

export interface SarifOptions {
  /** Version of trace-build. */
  readonly version: string;
  /**
   * File of the repository (with `/`, relative) that alerts are attached to: a Dockerfile, a workflow. Code scanning
   * shows alerts only on files of the repository, which a trace seldom is. Without it: the trace itself.
   */
  readonly anchor?: { readonly file: string; readonly line?: number };
}

const CAUSES: readonly Cause[] = ['rule', 'default', 'stub', 'bad-arch', 'kernel', 'genuine', 'unknown'];
/** GitHub reads this many results of a run and drops the rest. */
const MOST_RESULTS = 5_000;

function rule(cause: Cause): object {
  const words = causeInWords(cause);
  return {
    id: `refused/${cause}`,
    name: `Refused${cause
      .split('-')
      .map((word) => sentence(word))
      .join('')}`,
    shortDescription: { text: `Syscall refused: ${words}` },
    fullDescription: {
      text: `A syscall that the build makes is refused: ${words}. Programs fall back on ENOSYS only; any other error breaks them.`,
    },
    help: {
      text: 'Answer ENOSYS instead of EPERM, or allow the syscall in the seccomp profile. `trace-build minimize` finds the smallest change and proves it.',
    },
    defaultConfiguration: { level: cause === 'genuine' || cause === 'unknown' ? 'note' : 'warning' },
    properties: { tags: ['seccomp', 'syscall'], precision: cause === 'unknown' ? 'medium' : 'very-high' },
  };
}

/** A path as the relative URI reference that code scanning asks for; absolute paths become file URIs. */
function uriOf(path: string): string {
  const encoded = visible(path).replace(/\\/g, '/').split('/').map(encodeURIComponent).join('/');
  if (encoded.startsWith('/')) return `file://${encoded}`;
  // `.` segments do not count as the same file; a colon in the first segment would look like a scheme.
  return encoded.replace(/^(\.\/)+/, '') || 'trace';
}

function result(report: Report, denial: Denial, host: string | undefined, options: SarifOptions): object {
  const { first } = denial;
  const trace = first.file ?? report.traces[0]?.file ?? 'trace';
  const where = host === undefined ? '' : ` on ${host}`;
  const lines = [
    `${callTitle(denial)} (${denial.abi}) returns ${denial.errno}${where}, ${denial.count} times.`,
    `${sentence(causeInWords(denial.cause))}: ${evidencePhrase(denial)}.`,
    ...(followedPhrase(denial) ? [`${sentence(followedPhrase(denial)!)}.`] : []),
    ...(fallbackPhrase(denial) ? [`${fallbackPhrase(denial)!}`] : []),
    ...(report.fix ? [`Fix (${basisInWords(report.fix)}): ${fixInWords(report.fix.fix).join(' ')}`] : []),
    `Call: ${denial.syscall}(${shorten(denial.sample, 200)})${first.command ? `, made by ${shorten(first.command, 200)}` : ''}.`,
  ];
  const traceLocation = {
    physicalLocation: {
      artifactLocation: { uri: uriOf(trace) },
      region: { startLine: Math.max(1, first.line) },
    },
    message: { text: 'The first such call in the trace.' },
  };
  const anchor = options.anchor && {
    physicalLocation: {
      artifactLocation: { uri: uriOf(options.anchor.file) },
      region: { startLine: Math.max(1, options.anchor.line ?? 1) },
    },
  };
  return {
    ruleId: `refused/${denial.cause}`,
    ruleIndex: CAUSES.indexOf(denial.cause),
    level: denial.matters && denial.cause !== 'genuine' ? 'error' : 'note',
    // Brackets and braces are syntax in a SARIF message.
    message: {
      text: lines
        .map(visible)
        .join(' ')
        .replace(/[{}]/g, (brace) => brace + brace)
        .replace(/[\\[\]]/g, (bracket) => `\\${bracket}`),
    },
    locations: [anchor ?? traceLocation],
    ...(anchor ? { relatedLocations: [{ id: 0, ...traceLocation }] } : {}),
    partialFingerprints: {
      'traceBuild/v1': [denial.syscall, denial.abi, denial.errno, denial.cause, host ?? 'run']
        .map(visible)
        .join('|'),
    },
    properties: {
      count: denial.count,
      errno: denial.errno,
      ...(host === undefined ? {} : { host: visible(host) }),
    },
  };
}

/** SARIF 2.1.0, in the part of it that GitHub code scanning reads. */
export function sarifReport(report: Report, options: SarifOptions): string {
  const found: (readonly [Denial, string | undefined])[] = [
    ...report.denials.map((denial) => [denial, report.host?.expression] as const),
    ...report.hosts.flatMap(({ host, blocked }: HostBlocked) =>
      blocked.map((denial) => [denial, host.expression] as const),
    ),
  ];
  found.sort(([a], [b]) => bySeverity(a, b));
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'trace-build',
            semanticVersion: options.version,
            rules: CAUSES.map(rule),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: found.slice(0, MOST_RESULTS).map(([denial, host]) => result(report, denial, host, options)),
      },
    ],
  };
  return `${jsonText(log)}\n`;
}
