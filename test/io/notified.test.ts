import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Notified } from '../../src/io/recording/notified.ts';

const hex = (text: string): string => Buffer.from(text, 'latin1').toString('hex');

/** What the helper writes of `tar`, which starts a process of another ABI, is refused things and dies. */
const WRITTEN = [
  'b 1f',
  's 0',
  `p 1f ${hex('tar\0xf\0a "b"\0')}`,
  `c 1f c000003e 1b7 26 ffffff9c 7f00 4 0 1 2 1=${hex('/etc/x\n\xff7')}`,
  `p 20 ${hex('/proc/self/fd/5\0load\x004\x006\0tar\0')}`,
  'c 20 40000003 1b7 1 ffffff9c 7f00 4 0 1 2',
  'w 1f c000003e 140 0 0 0 0 0 0',
  'c 1f deadbeef 5 20c 0 0 0 0 0 0',
  'k 1f c000003e 10f 1 2 3 4 5 6',
  'o 1f c000003e 13d 1 8 7ffe 0 0 0',
  'o 1f c000003e 13d 1 8 0 0 0 0',
  'o 1f c000003e 9d 16 8 7ffe 0 0 0',
  'x 9f',
].join('\n');

function read(text: string, cuts: readonly number[] = []) {
  const notified = new Notified(['tar', 'xf', 'a "b"']);
  const places = [0, ...[...cuts].sort((a, b) => a - b), text.length];
  const chunks = places.slice(1).map((end, at) => Buffer.from(text.slice(places[at], end), 'latin1'));
  const out = [...chunks.flatMap((chunk) => notified.push(chunk)), ...notified.end()];
  return { notified, text: Buffer.concat(out).toString('latin1') };
}

describe('the text of a recording by notification', () => {
  const { notified, text } = read(`${WRITTEN}\n`);

  test('is that of strace', () => {
    const by = '["tar", "xf", "a \\"b\\""]';
    expect(text.split('\n').slice(0, -1)).toEqual([
      `31 [  59] execve("tar", ${by}, 0x0) = 0 (NOTIFIED x86_64 by ${by})`,
      `31 [ 439] faccessat2(0xffffff9c, "/etc/x\\n\\3777", 0x4, 0) = -1 ENOSYS (Function not implemented) (NOTIFIED x86_64 by ${by})`,
      `32 [ 439] faccessat2(0xffffff9c, 0x7f00, 0x4, 0) = -1 EPERM (Operation not permitted) (NOTIFIED x86 by ${by})`,
      `31 [ 320] kexec_file_load(0, 0, 0, 0, 0) = ? (NOTIFIED x86_64 by ${by})`,
      `31 [   5] syscall_0x5(0, 0, 0, 0, 0, 0) = -1 (errno 524) (NOTIFIED by ${by})`,
      `31 [ 271] ppoll(0x1, 0x2, 0x3, 0x4, 0x5) = ? (NOTIFIED x86_64, SIGSYS by ${by})`,
      '31 +++ killed by SIGSYS (core dumped) +++',
    ]);
  });

  test('tells how the command began and ended, and who loads filters', () => {
    expect(notified).toMatchObject({
      pid: 31,
      leader: 31,
      attempted: true,
      leaderEnd: 'killed by SIGSYS (core dumped)',
    });
    // What libseccomp only asks about is no filter; prctl has no flags.
    expect(notified.ownFilters).toEqual([
      { pid: 31, program: 'tar', listener: true },
      { pid: 31, program: 'tar', listener: false },
    ]);
  });

  test('is the same wherever the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(WRITTEN.length), { maxLength: 8 }), (cuts) => {
        expect(read(`${WRITTEN}\n`, cuts).text).toBe(text);
      }),
      { numRuns: 50 },
    );
  });

  test('leaves a torn line out', () => {
    expect(read(WRITTEN).notified.leaderEnd).toBeUndefined();
  });

  test('has no start where the execve failed or no filter was loaded', () => {
    const failed = read('b 1f\ne 8\nx 7e00\n').notified;
    expect([failed.leader, failed.attempted, failed.refused]).toEqual([undefined, true, 'ENOEXEC']);
    const busy = read('b 1f\nf 10\nx 7e00\n').notified;
    expect([busy.leader, busy.attempted, busy.notLoaded]).toEqual([undefined, false, 'EBUSY']);
  });
});
