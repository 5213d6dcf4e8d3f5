import Table from 'cli-table3';
import { KNOWN_CASES, KNOWN_CASES_32 } from '../core/diagnosis/machine/cases.ts';
import type { DoctorResult } from '../core/documents/doctor.ts';

const MARK = { works: 'ok', limited: '!', missing: '-' } as const;
const BREAKS = new Map([...KNOWN_CASES_32, ...KNOWN_CASES].map(({ syscall, breaks }) => [syscall, breaks]));

/** What a person reads: the list, the engine, and the table of calls that were really made. */
export function renderDoctor(result: DoctorResult, columns: number): string {
  const width = Math.max(60, Math.min(columns, 120));
  return [list(result, width), engine(result), calls(result)].filter((part) => part !== '').join('\n');
}

function list({ checks }: DoctorResult, width: number): string {
  const label = Math.max(...checks.map(({ name }) => name.length)) + 2;
  const indent = ' '.repeat(label + 4);
  return checks
    .map(({ name, state, found, why, fix }) => {
      const lines = [`${MARK[state].padEnd(3)} ${name.padEnd(label)}${fold(found, width, indent)}`];
      if (why !== undefined) lines.push(indent + fold(why, width, indent));
      if (fix !== undefined) lines.push(`${indent}-> ${fold(fix, width, `${indent}   `)}`);
      return `${lines.join('\n')}\n`;
    })
    .join('');
}

function engine({ engine: chosen }: DoctorResult): string {
  return chosen === null
    ? 'Engine: none works here; recorded traces can still be checked (trace-build replay).\n'
    : `Engine: ${chosen.name}, ${chosen.why}.\n`;
}

function calls(result: DoctorResult): string {
  if (result.calls.length === 0) {
    return result.callsTrouble === undefined ? '' : `No calls were tried: ${result.callsTrouble}.\n`;
  }
  const container = result.containerHost ?? 'container';
  const table = new Table({
    head: ['call', 'here', `in ${container}`, 'refused, breaks'],
    style: { head: [], border: [], compact: true },
    wordWrap: true,
    colWidths: [25, 10, 20, 20],
  });
  for (const call of result.calls) {
    const here = call.agrees ? call.here : `${call.here} *`;
    const refused = [call.here, call.container].some((answer) => answer !== null && answer !== 'present');
    table.push([
      `${call.syscall}${call.abi === 'x86' ? ' (i386)' : ''}`,
      here,
      call.container ?? '',
      refused ? (BREAKS.get(call.syscall) ?? '') : '',
    ]);
  }
  const differing = result.calls.filter(({ agrees }) => !agrees);
  const note =
    differing.length === 0
      ? "Every answer here is this kernel's own.\n"
      : `* not what a kernel of this version answers by itself (${differing[0]!.kernel}): something in between decides.\n`;
  return `\nKnown cases, tried here with harmless arguments:\n${table.toString()}\n${note}`;
}

function fold(text: string, width: number, indent: string): string {
  const room = Math.max(30, width - indent.length);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].join(`\n${indent}`);
}
