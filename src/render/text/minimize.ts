import Table from 'cli-table3';
import type { MinimizeDocument } from '../../core/documents/minimize.ts';
import { allowlistNotes, limitsOf, newErrors } from '../phrases/allowlist.ts';
import { howEnosys, notApplicable, tracerFails } from '../phrases/minimize.ts';
import { passRatePhrase } from '../phrases/passRate.ts';
import { listInWords, plural, sentence } from '../phrases/text.ts';
import { hostLine } from '../phrases/verdict.ts';
import { labelled } from './verdict.ts';
import { wrap } from './wrap.ts';

/** The result of `minimize` for people. `profilePath` is where the profile was written, if it was. */
export function renderMinimize(
  document: MinimizeDocument,
  profilePath: string | undefined,
  width: number,
  verbose: boolean,
): string {
  return verbose ? whole(document, profilePath, width) : brief(document, profilePath, width);
}

/** The change, its proof, the fix, the next command, the host: a line each. */
function brief(document: MinimizeDocument, profilePath: string | undefined, width: number): string {
  const { host, outcome, proof, guarantee, notes } = document;
  const on = host.expression;
  const out: string[] = [];
  const say = (label: string, text: string): void => void out.push(labelled(label, text, width));
  if (outcome === 'nothing-to-fix') {
    out.push(wrap(`Nothing to fix: it passes on ${on} as it is.`, width));
    if (document.passRate) say('Proof', passRatePhrase(document.passRate));
    if (document.engine.name === 'bubblewrap') {
      say('Hint', 'an earlier build can hide a failing call: --clear PATH empties a folder before each run.');
    }
  } else if (outcome === 'no-fix' || (outcome === 'interrupted' && proof.length === 0)) {
    const lacked = document.lackedByKernel;
    out.push(wrap(`No change of the profile was found that makes it pass on ${on}.`, width));
    say('Cause', `${sentence(document.why)}.`);
    if (lacked.length > 0)
      say('Kernel', `it does not have ${listInWords(lacked)}: no profile can change that.`);
  } else {
    const smallest = guarantee === 'smallest' ? 'smallest ' : '';
    out.push(
      wrap(`The ${smallest}change that makes it pass on ${on}: ${changeInWords(document.fix)}.`, width),
    );
    say('Proof', proofInWords(document));
    say('Fix', fixInWords(document, profilePath));
    const form = document.enosys && document.obstacles.length === 0 ? howEnosys(document.enosys, host) : [];
    if (form.length > 0) say('Form', form.join(' '));
    const first = document.apply.find(({ kind }) => SHOWN.includes(kind));
    if (first && profilePath !== undefined && document.obstacles.length === 0) {
      out.push(labelled('Next', first.text, Infinity));
    }
  }
  for (const text of limitsOf(document)) out.push(wrap(text, width, '  '));
  const errors = document.asWritten?.newErrors ?? [];
  if (errors.length > 0) say('Output', newErrors(errors));
  say('Host', hostLine(host));
  const { experiments, executions } = document.runs;
  say('Runs', `${executions}, for ${plural(experiments, 'experiment')}; the table is shown with --verbose`);
  if (document.tracerFails !== undefined)
    out.push(wrap(`Note: ${tracerFails(document.tracerFails)}.`, width, '  '));
  for (const note of notes.filter((one) => !host.notes.includes(one))) {
    out.push(wrap(`Note: ${note}.`, width, '  '));
  }
  return `${out.join('\n')}\n`;
}

function changeInWords({ allow, enosys, enosysArgs = [] }: MinimizeDocument['fix']): string {
  const silent = [...new Set([...enosys, ...enosysArgs.map(({ name }) => name)])];
  const names = [...new Set(allow.map((entry) => (typeof entry === 'string' ? entry : entry.name)))];
  return [
    ...(silent.length > 0 ? [`return ENOSYS for ${listInWords(silent)}, which grants nothing`] : []),
    ...(names.length > 0 ? [`allow ${listInWords(names)}`] : []),
  ].join('; ');
}

/** How often it passed, and what happened with an element taken back. */
function proofInWords({ proof, guarantee, why, passRate }: MinimizeDocument): string {
  const passes = proof.filter(({ outcome }) => outcome === 'pass').length;
  const passed = passRate ? passRatePhrase(passRate) : `It passed ${plural(passes, 'time')} with it.`;
  const without = proof.find(({ outcome, why: said }) => outcome === 'fail' && said);
  const then = without ? ` Without a part of it: ${without.why}.` : '';
  return `${passed}${then} ${sentence(guarantee)}: ${why}.`;
}

function fixInWords(document: MinimizeDocument, profilePath: string | undefined): string {
  const upgrade = document.upgrade === null ? '' : `${sentence(document.upgrade)}. `;
  if (document.obstacles.length > 0) {
    return `${upgrade}No changed profile helps there before: ${document.obstacles.join('; ')}.`;
  }
  const what = inWords(document);
  const profile =
    profilePath === undefined
      ? `${what} in the profile`
      : `use ${profilePath}${what === '' ? '' : ` (${what})`}`;
  return `${upgrade}${upgrade === '' ? sentence(profile) : `Until then ${profile}`}.`;
}

/** Everything that is known. */
function whole(document: MinimizeDocument, profilePath: string | undefined, width: number): string {
  const { host, outcome, fix, guarantee, proof } = document;
  const out: string[] = [];
  const say = (text: string, indent = ''): void =>
    void out.push(indent + wrap(text, width - indent.length, `${indent}  `));
  const sayPassRate = (): void => {
    if (document.passRate) say(passRatePhrase(document.passRate));
  };
  if (outcome === 'nothing-to-fix') {
    say(`Nothing to fix: it passes on ${host.expression} as it is.`);
    sayPassRate();
    const harmless = document.denials.map(({ syscall, errno }) => `${syscall} (${errno})`);
    if (harmless.length > 0) say(`Refused there and harmless: ${harmless.join(', ')}.`);
    if (document.engine.name === 'bubblewrap') {
      say(
        'Each run began with the working tree as it is: what an earlier build left in it can hide a failing call (--clear PATH empties a folder first), and so can what is kept outside of it, such as ~/.cache or /tmp, which no run gives back.',
      );
    }
  } else if (outcome === 'no-fix' || (outcome === 'interrupted' && proof.length === 0)) {
    say(`No change of the profile was found that makes it pass on ${host.expression}: ${document.why}.`);
    if (document.lackedByKernel.length > 0) {
      say(`Its kernel does not have ${document.lackedByKernel.join(', ')}: no profile can change that.`);
    }
  } else {
    say(`The ${guarantee === 'smallest' ? 'smallest ' : ''}change that makes it pass on ${host.expression}:`);
    out.push('');
    for (const name of fix.enosys) say(`${name}: answer ENOSYS (grants nothing; callers fall back)`, '  ');
    for (const { name, args } of fix.enosysArgs ?? []) {
      say(`${name}: answer ENOSYS where ${argumentsInWords(args)} (grants nothing; callers fall back)`, '  ');
    }
    for (const entry of fix.allow) {
      if (typeof entry === 'string') say(`${entry}: allow${dangerOf(entry, document)}`, '  ');
      else say(`${entry.name}: allow where ${argumentsInWords(entry.args)}`, '  ');
    }
    if (fix.allow.length === 0) say('Nothing has to be allowed.', '  ');
    out.push('', wrap(`Guarantee: ${guarantee}: ${document.why}.`, width, '  '));
    sayPassRate();
    if (guarantee === '1-minimal' && document.smallestIfMonotone) {
      say('It is also the smallest, if granting more never breaks the command.', '  ');
    }
    const table = new Table({
      head: ['run', 'outcome', 'seconds'],
      style: { head: [], border: [], compact: true },
    });
    for (const { change, outcome: gave, seconds, why } of proof) {
      table.push([
        wrap(change + (why ? ` (${why})` : ''), Math.max(30, width - 30)),
        gave,
        seconds.toFixed(2),
      ]);
    }
    out.push('', table.toString(), '');
    out.push('What to do, best first:');
    let number = 0;
    const step = (text: string): void => void out.push(`  ${++number}. ${wrap(text, width - 5, '     ')}`);
    if (document.upgrade !== null) step(`${sentence(document.upgrade)}.`);
    if (profilePath === undefined) step(`${sentence(inWords(document))} in the profile.`);
    else {
      const until = number > 0 ? 'Until then' : '';
      const profile = `the profile in ${profilePath}`;
      const what = inWords(document);
      if (document.obstacles.length > 0) {
        const why = document.obstacles.join('; ');
        step(`${until ? `${until} a` : 'A'} changed profile does not help there: ${why}.`);
        say(`For a host that takes it there is ${profile}: ${what}.`, '     ');
      } else step(`${until ? `${until}, use` : 'Use'} ${profile}${what === '' ? '' : `: ${what}`}.`);
      if (document.enosys && document.obstacles.length === 0) {
        for (const text of howEnosys(document.enosys, host)) say(text, '     ');
      }
      for (const { where, text } of document.apply.filter(({ kind }) => SHOWN.includes(kind))) {
        out.push(`     ${where}:`, ...text.split('\n').map((line) => `       ${line}`));
      }
      for (const one of document.notApplicable ?? [])
        say(notApplicable(one, document.allowlist !== undefined), '     ');
      say('More ways (Kubernetes, systemd, GitHub Actions, BuildKit) are in the --json document.', '     ');
    }
    step('Never --privileged or seccomp=unconfined, least of all in CI: they lift every limit.');
  }
  const { experiments, executions } = document.runs;
  out.push('', wrap(`${experiments} experiments, ${executions} executions.`, width));
  for (const text of document.allowlist ? allowlistNotes(document) : []) say(text);
  const errors = document.asWritten?.newErrors ?? [];
  if (errors.length > 0) say(newErrors(errors));
  const notes = [
    ...(document.tracerFails === undefined ? [] : [tracerFails(document.tracerFails)]),
    ...document.notes,
  ];
  for (const note of notes) out.push(wrap(`Note: ${note}.`, width, '  '));
  return `${out.join('\n')}\n`;
}

/** `argument 0 is 38`, `argument 0 & 0x7e020000 is 0x10000000`. */
function argumentsInWords(args: NonNullable<MinimizeDocument['fix']['enosysArgs']>[number]['args']): string {
  return args
    .map(({ index, op, value, valueTwo }) =>
      op === 'SCMP_CMP_MASKED_EQ'
        ? `argument ${index} & 0x${value.toString(16)} is 0x${valueTwo.toString(16)}`
        : `argument ${index} is ${value}`,
    )
    .join(' and ');
}

/** Of the ways to use the file, those that are printed; all are in the document. */
const SHOWN: readonly string[] = ['docker-run', 'podman-run', 'docker-daemon', 'podman-conf'];

/** ` (danger 1 of 10: …)`, where it is known. */
function dangerOf(name: string, { danger }: MinimizeDocument): string {
  const known = danger.find(({ syscall }) => syscall === name);
  return known ? ` (danger ${known.weight} of 10: ${known.why})` : '';
}

/** What the profile does, such as `answers ENOSYS to fchmodat2`. */
function inWords({ fix }: MinimizeDocument): string {
  const names = fix.allow.map((entry) => (typeof entry === 'string' ? entry : entry.name));
  const allow = [...new Set(names)];
  const some = (fix.enosysArgs ?? []).map(({ name }) => `some values of ${name}`);
  const enosys = [...fix.enosys.filter((name) => !allow.includes(name)), ...new Set(some)];
  return [
    ...(enosys.length > 0 ? [`answer ENOSYS to ${listInWords(enosys)}`] : []),
    ...(allow.length > 0 ? [`allow ${listInWords(allow)}`] : []),
  ].join(', ');
}
