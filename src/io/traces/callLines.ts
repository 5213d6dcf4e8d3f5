import { Readable } from 'node:stream';
import split2 from 'split2';
import type { Failure } from '../../core/failure.ts';
import { type Abi, abiInfo } from '../../core/linux/abi.ts';
import { parseArch } from '../../core/linux/arch.ts';
import { syscallNumber } from '../../core/linux/numbers.ts';
import { argumentOf, type SeccompData } from '../../core/seccomp/filter/data.ts';

/** One answer per call: the text of a line, without its end. */
export type AnswerLine = (data: SeccompData, abi: Abi) => string;

interface Known {
  readonly abi: Abi;
  readonly token: number;
  /** Which of the two words of an argument is the lower one. */
  readonly low: 0 | 1;
}

const FLUSH = 1 << 16;
const WORD = 0x100000000;

/** Fills the two words of an argument; false when the text is no number of 64 bits. */
function putArgument(data: SeccompData, at: number, low: 0 | 1, text: string): boolean {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) {
    data[at + low] = value % WORD;
    data[at + 1 - low] = Math.floor(value / WORD);
    return true;
  }
  const whole = argumentOf(text);
  if (whole === undefined) return false;
  data[at + low] = Number(whole & 0xffffffffn);
  data[at + 1 - low] = Number(whole >> 32n);
  return true;
}

/**
 * Reads calls, a line each (`ARCH NR [ARG…]`, numbers decimal or hex, a name in place of NR too), and writes the answer to
 * each on a line. Millions of lines: one array is used for all calls. Stops at the first line that cannot be read.
 */
export async function answerLines(
  input: AsyncIterable<Uint8Array>,
  answer: AnswerLine,
  write: (text: string) => Promise<void>,
): Promise<Failure | undefined> {
  const arches = new Map<string, Known>();
  const data: SeccompData = new Uint32Array(16);
  let out: string[] = [];
  let size = 0;
  let line = 0;

  const one = (text: string): string | undefined => {
    const words = text.trim().split(/\s+/);
    let known = arches.get(words[0]!);
    if (!known) {
      const abi = parseArch(words[0]!);
      if (!abi) return `unknown architecture '${words[0]}'`;
      const { auditToken, endian } = abiInfo(abi);
      known = { abi, token: auditToken, low: endian === 'little' ? 0 : 1 };
      arches.set(words[0]!, known);
    }
    const nr = words[1];
    if (nr === undefined) return 'a line is ARCH NR [ARG…]';
    let number = Number(nr);
    if (Number.isNaN(number)) number = syscallNumber(nr, known.abi) ?? Number.NaN;
    if (!Number.isInteger(number) || Math.abs(number) > WORD) return `'${nr}' is no syscall of ${known.abi}`;
    if (words.length > 8) return 'a call has six arguments at most';
    data[0] = number;
    data[1] = known.token;
    for (let i = 0; i < 6; i++) {
      const argument = words[i + 2];
      if (argument === undefined) {
        data[4 + 2 * i] = 0;
        data[5 + 2 * i] = 0;
      } else if (!putArgument(data, 4 + 2 * i, known.low, argument))
        return `'${argument}' is not a number of 64 bits`;
    }
    const answered = answer(data, known.abi);
    out.push(answered);
    size += answered.length + 1;
    return undefined;
  };
  const flush = async (): Promise<void> => {
    if (out.length === 0) return;
    const text = `${out.join('\n')}\n`;
    out = [];
    size = 0;
    await write(text);
  };
  const take = (text: string): Failure | undefined => {
    line++;
    if (text === '' || text === '\r') return undefined;
    const wrong = one(text);
    return wrong === undefined
      ? undefined
      : { kind: 'input', what: wrong, where: { file: 'standard input', line } };
  };

  const lines = Readable.from(input).pipe(split2());
  for await (const text of lines as AsyncIterable<string>) {
    const failure = take(text);
    if (failure) {
      await flush();
      return failure;
    }
    // Whoever asks one call at a time waits for its answer.
    if (size >= FLUSH || lines.readableLength === 0) await flush();
  }
  await flush();
  return undefined;
}
