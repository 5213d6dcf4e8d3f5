import type { WhyDocument } from '../../core/documents/why.ts';
import { list } from '../phrases/list.ts';
import {
  causePhrase,
  conclusionPhrase,
  confirmPhrase,
  evidencePhrase,
  fixedPhrase,
  onHostPhrase,
  refusersPhrase,
} from '../phrases/why.ts';
import { fill, item } from './wrap.ts';

type Candidate = WhyDocument['candidates'][number];

/** Lines of the log that are shown for one candidate without --verbose. */
const FEW = 2;

/** A line of somebody's log: control characters could do things to a terminal. */
function quoted(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ');
}

/** `trace-build why` for people: the conclusion first, then each candidate with its reason, who refuses it and what to do. */
export function renderWhy(document: WhyDocument, width: number, isVerbose: boolean): string {
  const out = [fill(conclusionPhrase(document), width, '')];
  const { candidates, causes, conclusion } = document;
  const worth = candidates.filter(({ confidence }) => confidence !== 'unlikely');
  const shown = isVerbose ? candidates : worth.slice(0, 3);
  for (const [index, candidate] of shown.entries()) {
    out.push('', ...candidateLines(candidate, width, isVerbose || index === 0));
  }
  for (const { line, text } of document.killed.slice(0, FEW))
    out.push(item(`line ${line}: ${quoted(text)}`, width));
  if (document.killed.length > 0 && worth.length === 0) {
    out.push(
      '',
      fill(
        'The kernel names the syscall in its log, where auditing is on: dmesg | grep type=1326, or ausearch -m SECCOMP. Otherwise trace the command: trace-build run -- COMMAND',
        width,
        '',
      ),
    );
  }
  if (document.host === undefined && document.hostUnknown !== undefined) {
    out.push('', fill(`The log names ${document.hostUnknown}, which is not in the tables.`, width, ''));
  }
  if (candidates.some(({ evidence }) => evidence.some(({ record }) => record === 'trace'))) {
    const { name } = document.input;
    const file = name === 'message' || name === 'standard input' ? 'FILE' : name;
    out.push(
      '',
      fill(
        `The log holds traced calls; more is known from them: trace-build replay ${file} --against HOST`,
        width,
        '',
      ),
    );
  }
  const rest = candidates.filter((candidate) => !shown.includes(candidate)).map(({ syscall }) => syscall);
  if (rest.length > 0) {
    const ruledOut = conclusion === 'nothing' || conclusion === 'other-cause';
    out.push(
      '',
      fill(`${ruledOut ? 'Not ruled out' : 'Less likely'}: ${list(rest)} (--verbose shows why).`, width, ''),
    );
  }
  if (causes.length > 0)
    out.push('', 'Messages with another cause', ...causeLines(document, width, isVerbose));
  return `${out.join('\n')}\n`;
}

const HEADS: Readonly<Record<Candidate['confidence'], string>> = {
  likely: 'likely',
  possible: 'possible',
  unlikely: 'unlikely',
};

function candidateLines(candidate: Candidate, width: number, isWhole: boolean): readonly string[] {
  const { syscall, errno, confidence, basis, evidence, also, advice } = candidate;
  const head = errno === undefined ? syscall : `${syscall} ${errno}`;
  const out = [`${head}: ${HEADS[confidence]} (${basis})`];
  for (const one of evidence.slice(0, isWhole ? FEW : 1)) {
    const times = one.count > 1 ? `, ${one.count} times` : '';
    out.push(item(`line ${one.line}${times}: ${quoted(one.text)}`, width));
    out.push(item(evidencePhrase(one), width));
  }
  const onHost = onHostPhrase(candidate);
  if (onHost !== undefined) out.push(item(onHost, width));
  if (isWhole) {
    const refusers = refusersPhrase(candidate);
    if (refusers !== undefined) out.push(item(`Refused by default: ${refusers}`, width));
    const hosts = evidence.find((one) => one.hosts !== undefined)?.hosts;
    if (hosts !== undefined) out.push(item(`Reported for: ${hosts}`, width));
    const fixed = fixedPhrase(candidate);
    if (fixed !== undefined) out.push(item(`Fixed since ${fixed}`, width));
    const born = [
      candidate.kernel === undefined ? '' : `Linux ${candidate.kernel}`,
      candidate.libseccomp === undefined ? '' : `libseccomp ${candidate.libseccomp}`,
    ].filter((text) => text !== '');
    if (born.length > 0) out.push(item(`Known since ${list(born)}`, width));
    if (also.length > 0)
      out.push(item(`Other causes of the same message: ${also.map(causePhrase).join('; ')}`, width));
    if (advice.length > 0) {
      out.push('  What to do, best first');
      for (const { text } of advice) out.push(`    ${fill(`- ${text}`, width - 4, '      ')}`);
    }
  }
  const confirm = confirmPhrase(candidate);
  if (confirm !== undefined) out.push('  To confirm', `    ${confirm}`);
  if (isWhole) {
    const source = evidence.find((one) => one.source !== undefined)?.source;
    if (source !== undefined) out.push(item(`A report of this message: ${source}`, width));
  }
  return out;
}

function causeLines({ causes }: WhyDocument, width: number, isVerbose: boolean): readonly string[] {
  const most = isVerbose ? causes.length : 5;
  const lines = causes.slice(0, most).map(({ cause, line, text, count }) => {
    const times = count > 1 ? `, ${count} times` : '';
    return item(`${causePhrase(cause)}: line ${line}${times}: ${quoted(text)}`, width);
  });
  return causes.length > most ? [...lines, `  and ${causes.length - most} more (--verbose)`] : lines;
}
