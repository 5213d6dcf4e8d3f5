import fc from 'fast-check';

/** What people and machines put around each line of a trace; `index` counts lines from 0. */
export type Wrap = (line: string, index: number) => string;

const two = (value: number): string => String(value % 60).padStart(2, '0');
const clock = (index: number): string => `09:${two(Math.floor(index / 60))}:${two(index)}`;
const moment = (index: number, digits: number, zone = 'Z'): string =>
  `2025-03-09T${clock(index)}.${String(index * 7919 + 1000)
    .padStart(digits, '0')
    .slice(-digits)}${zone}`;
const escaped = (line: string): string =>
  line.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
const json = (record: Readonly<Record<string, unknown>>): string => JSON.stringify(record);

export const WRAPPINGS: Readonly<Record<string, Wrap>> = {
  none: (line) => line,
  'GitHub job log': (line, index) => `${moment(index, 7)} ${line}`,
  'gh run view --log': (line, index) => `test (20)\tRun npm test\t${moment(index, 7)} ${line}`,
  'GitHub group and error': (line, index) =>
    `${moment(index, 7)} ${index % 3 === 1 ? '##[error]' : ''}${line}`,
  'BuildKit in GitHub': (line, index) => `${moment(index, 7)} #9 ${index}.250 ${line}`,
  'BuildKit on a terminal': (line) => ` => => # ${line}`,
  GitLab: (line, index) => `${moment(index, 6)} 00${index % 2 === 0 ? 'O' : 'E'} ${line}`,
  'Kubernetes log file': (line, index) => `${moment(index, 9, '+02:00')} stderr F ${line}`,
  'kubectl logs --prefix': (line) => `[pod/build-7c9f/strace] ${line}`,
  'docker json-file': (line, index) => json({ log: `${line}\n`, stream: 'stderr', time: moment(index, 9) }),
  'journald json': (line, index) =>
    json({ __REALTIME_TIMESTAMP: `17415108${index}`, _PID: '812', PRIORITY: '6', MESSAGE: line }),
  'a cloud log': (line, index) =>
    json({ severity: 'INFO', jsonPayload: { message: line }, insertId: `x${index}` }),
  compose: (line) => `web-1  | ${line}`,
  Jenkins: (line, index) => `${clock(index)}  ${line}`,
  TeamCity: (line, index) => `[${clock(index)}]W:\t [Step 2/3] ${line}`,
  journald: (line, index) => `Mar 09 ${clock(index)} runner strace[4711]: ${line}`,
  'journalctl -o short-iso': (line, index) => `2025-03-09T${clock(index)}+0100 runner strace[4711]: ${line}`,
  ts: (line, index) => `Mar 09 ${clock(index)} ${line}`,
  'grep -Hn': (line, index) => `logs/build.strace:${index + 1}:${line}`,
  'cat -n': (line, index) => `${String(index + 1).padStart(6)}\t${line}`,
  'a listing': (line, index) => `${String(index + 1).padStart(4)}  ${line}`,
  quoted: (line) => `> ${line}`,
  'quoted twice': (line) => `> > ${line}`,
  'quoted tightly': (line) => `>${line}`,
  indented: (line) => `    ${line}`,
  'indented by a tab': (line) => `\t${line}`,
  'a web page': escaped,
  'a web page with tags': (line, index) => `<span id="L${index}">${escaped(line)}</span>`,
  'no-break spaces': (line) => line.replaceAll(' ', '\u00a0'),
  'links of a terminal': (line) => `\x1b]8;;file:///tmp/x\x1b\\${line}\x1b]8;;\x1b\\`,
  travis: (line) => `\x1b[0K${line}\r`,
};

export const wrapping = fc.constantFrom(...Object.keys(WRAPPINGS));

/** Those that other logs hold as they are: each may be within each of the others. */
export const outer = fc.constantFrom(
  'none',
  'GitHub job log',
  'docker json-file',
  'compose',
  'journald',
  'quoted',
  'indented',
  'grep -Hn',
  'BuildKit on a terminal',
);
