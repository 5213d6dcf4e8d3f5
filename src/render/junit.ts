import type { Denial } from '../core/documents/denial.ts';
import type { Report } from '../core/documents/report.ts';
import { bySeverity, isFinding } from '../core/documents/severity.ts';
import { shellLine } from '../core/linux/shellWords.ts';
import { xml } from './escape.ts';
import { callTitle } from './phrases/call.ts';
import { fallbackPhrase } from './phrases/callers.ts';
import { followedPhrase } from './phrases/consequence.ts';
import { evidencePhrase } from './phrases/reason.ts';
import { causeInWords, exitInWords, fixInWords } from './words.ts';

interface Case {
  readonly name: string;
  readonly file?: string;
  readonly failure?: { readonly type: string; readonly message: string; readonly body: string };
  readonly output?: string;
}

interface Suite {
  readonly name: string;
  readonly cases: readonly Case[];
}

function caseOf(denial: Denial, fix: string): Case {
  const body = [
    `why:   ${causeInWords(denial.cause)}: ${evidencePhrase(denial)}`,
    `times: ${denial.count}`,
    `first: ${denial.first.file ?? 'line'}:${denial.first.line}${denial.first.command ? `, running ${denial.first.command}` : ''}`,
    `call:  ${denial.syscall}(${denial.sample})`,
    ...(followedPhrase(denial) ? [`then:  ${followedPhrase(denial)!}`] : []),
    ...(fallbackPhrase(denial) ? [`effect: ${fallbackPhrase(denial)!}`] : []),
  ].join('\n');
  const name = `${callTitle(denial)} (${denial.abi})`;
  const file = denial.first.file === undefined ? {} : { file: denial.first.file };
  // What the kernel itself refused is no fault of the host's filter; what has a fallback breaks nothing.
  if (!isFinding(denial)) {
    return { name, ...file, output: `answered ${denial.errno}\n${body}` };
  }
  return {
    name,
    ...file,
    failure: {
      type: denial.errno,
      message: `${callTitle(denial)} returns ${denial.errno}: ${causeInWords(denial.cause)}`,
      body: fix === '' ? body : `${body}\nfix:   ${fix}`,
    },
  };
}

function suites(report: Report): readonly Suite[] {
  const fix = report.fix ? fixInWords(report.fix.fix).join(' ') : '';
  const casesOf = (denials: readonly Denial[], empty: string): readonly Case[] => {
    if (denials.length === 0) return [{ name: empty }];
    const names = new Set<string>();
    return [...denials].sort(bySeverity).map((denial) => {
      const test = caseOf(denial, fix);
      // Of two cases with one name GitLab keeps the last: the worst has the plain name.
      const name = names.has(test.name) ? `${test.name}, ${denial.errno} by ${denial.cause}` : test.name;
      names.add(name);
      return { ...test, name };
    });
  };
  const out: Suite[] = [];
  if (report.denials.length > 0 || report.exit || report.hosts.length === 0) {
    const { exit } = report;
    out.push({
      name: report.host?.expression ?? 'as recorded',
      cases: [
        ...(exit
          ? [
              {
                name: 'the command succeeds',
                ...(exit.status === 0
                  ? {}
                  : {
                      failure: {
                        type: 'exit',
                        message: exitInWords(exit),
                        body: shellLine(report.command ?? []),
                      },
                    }),
              },
            ]
          : []),
        ...casesOf(report.denials, 'no syscall was refused'),
      ],
    });
  }
  for (const { host, blocked } of report.hosts) {
    out.push({ name: host.expression, cases: casesOf(blocked, 'no syscall would be refused') });
  }
  return out;
}

const failures = (cases: readonly Case[]): number => cases.filter(({ failure }) => failure).length;

/** JUnit XML as GitLab, Jenkins and GitHub test reporters read it: a suite for each host, a case for each refused syscall. */
export function junitReport(report: Report): string {
  const all = suites(report);
  const every = all.flatMap(({ cases }) => cases);
  const out = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="trace-build" tests="${every.length}" failures="${failures(every)}" errors="0">`,
  ];
  for (const { name, cases } of all) {
    out.push(
      `  <testsuite name="${xml(name)}" tests="${cases.length}" failures="${failures(cases)}" errors="0" skipped="0">`,
    );
    for (const test of cases) {
      const open = `    <testcase classname="${xml(name)}" name="${xml(test.name)}"${test.file === undefined ? '' : ` file="${xml(test.file)}"`}`;
      if (test.failure) {
        out.push(
          `${open}>`,
          `      <failure type="${xml(test.failure.type)}" message="${xml(test.failure.message)}">${xml(test.failure.body)}</failure>`,
          '    </testcase>',
        );
      } else if (test.output !== undefined) {
        out.push(`${open}>`, `      <system-out>${xml(test.output)}</system-out>`, '    </testcase>');
      } else out.push(`${open}/>`);
    }
    out.push('  </testsuite>');
  }
  out.push('</testsuites>', '');
  return out.join('\n');
}
