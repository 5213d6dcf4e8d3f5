import type { CheckDocument } from '../../core/documents/check.ts';
import { hostTitle } from '../../core/linux/hostTitle.ts';
import { wrap } from './wrap.ts';

type VerdictChange = CheckDocument['fixtures'][number]['changes'][number];

const paint = (code: number, text: string, colour: boolean): string =>
  colour ? `\u001b[${code}m${text}\u001b[39m` : text;

/** The result of `check` for people: a line for each fixture, a line for each change. */
export function renderCheck(
  { fixtures, promises, live }: CheckDocument,
  width: number,
  colour: boolean,
): string {
  const out: string[] = [];
  for (const { trace, hosts, changes, updated } of fixtures) {
    const count = `${changes.length} ${changes.length === 1 ? 'change' : 'changes'}`;
    const on = `${hosts.length} ${hosts.length === 1 ? 'host' : 'hosts'}`;
    const state = changes.length === 0 ? 'as expected' : count;
    if (hosts.length > 0) out.push(`${trace.file}: ${on}, ${updated ? `written down, ${state}` : state}`);
    out.push(...changeLines(changes, width, colour));
  }
  if (live) out.push(...liveLines(live, width, colour));
  for (const { host, fixture, kept, covered, broken } of promises) {
    const asked = covered.map(hostTitle).join('; ');
    if (kept)
      out.push(
        wrap(`${fixture}: works on ${host.expression} and every later version (${asked})`, width, '  '),
      );
    else out.push(paint(31, `${fixture}: does not keep the promise ${host.expression} (${asked})`, colour));
    for (const { on, ...denial } of broken) {
      out.push(
        wrap(
          `  ${denial.syscall} (${denial.abi}): ${denial.errno} (${denial.cause}) on ${on.map(hostTitle).join('; ')}, first at line ${denial.first.line}`,
          width,
          '    ',
        ),
      );
    }
  }
  return out.map((line) => `${line}\n`).join('');
}

/** Hosts of a fixture are pinned alike: what they share is said once. */
function together(titles: readonly string[]): string {
  const refinements = titles.map((title) => (title.includes(', ') ? title.slice(title.indexOf(', ')) : ''));
  const [shared = ''] = refinements;
  if (shared === '' || titles.length < 2 || refinements.some((one) => one !== shared))
    return titles.join('; ');
  return `${titles.map((title) => title.slice(0, -shared.length)).join('; ')} (${shared.slice(2)})`;
}

/** A line for each way of changing; hosts that changed alike share it. */
function changeLines(changes: readonly VerdictChange[], width: number, colour: boolean): readonly string[] {
  const lines = new Map<string, { worse: boolean; mark: string; text: string; hosts: string[] }>();
  for (const { host, kind, syscall, abi, before, after, worse } of changes) {
    const mark = worse ? 'worse ' : kind === 'changed' ? 'other ' : 'better';
    const text = `${kind.replace('-', ' ')}: ${syscall} (${abi}), ${verdictText(before)} -> ${verdictText(after)}`;
    const key = `${mark} ${text}`;
    const known = lines.get(key);
    if (known) known.hosts.push(hostTitle(host));
    else lines.set(key, { worse, mark, text, hosts: [hostTitle(host)] });
  }
  return [...lines.values()].map(({ worse, mark, text, hosts }) => {
    const whole = wrap(`${text}, on ${together(hosts)}`, width - 10, '          ');
    return `  ${worse ? paint(31, mark, colour) : mark}  ${whole}`;
  });
}

function liveLines(
  live: NonNullable<CheckDocument['live']>,
  width: number,
  colour: boolean,
): readonly string[] {
  const out: string[] = [];
  const harmless = live.newSyscalls.filter(({ refusedBy }) => refusedBy.length === 0);
  if (harmless.length > 0) {
    const names = harmless.map(({ syscall }) => syscall).join(', ');
    out.push(wrap(`${live.fixture} now calls ${names}, which no known host refuses`, width, '  '));
  }
  for (const { syscall, abi, refusedBy, words } of live.newSyscalls) {
    if (refusedBy.length === 0) continue;
    const refused = `which is refused by ${words}`;
    out.push(wrap(`${live.fixture} now needs ${syscall} (${abi}), ${refused}`, width, '  '));
  }
  if (live.goneSyscalls.length > 0) {
    const names = live.goneSyscalls.map(({ syscall }) => syscall).join(', ');
    out.push(wrap(`${live.fixture} no longer needs ${names}`, width, '  '));
  }
  if (live.newSyscalls.length === 0 && live.goneSyscalls.length === 0) {
    out.push(`${live.fixture}: the same syscalls as its fixture`);
  }
  return [...out, ...changeLines(live.changes, width, colour)];
}

/** `EPERM (default)`, `ENOSYS (stub), harmless`, or `allowed`. */
function verdictText(denials: VerdictChange['before']): string {
  if (denials.length === 0) return 'allowed';
  return denials
    .map(({ errno, cause, matters }) => `${errno} (${cause})${matters ? '' : ', harmless'}`)
    .join(' and ');
}
