/**
 * Cuts what belongs to the engine out of strace's text as it streams by: everything before the command's own execve,
 * and later lines of processes that were there before it (bwrap's monitor and init). What is left is the command's,
 * as if strace had started it directly. Bytes are never copied and lines are only looked at before the command starts;
 * after that one byte search per foreign process is all it costs.
 */
export class SetupCutter {
  /** Pid of the command itself, once it has started. */
  leader: number | undefined;
  /** Whether the engine came as far as trying to execute the command. */
  attempted = false;
  /** Why the command's last execve failed, such as ENOENT, while it has not started. */
  refused: string | undefined;
  #toSkip: number;
  #foreign: Buffer[] = [];
  /** Before the start: pids seen, and execve calls that are not finished yet. */
  readonly #seen = new Set<number>();
  readonly #pending = new Map<number, Buffer>();
  #carry: Buffer = Buffer.alloc(0);
  #end: string | undefined;

  /** `setupExecs`: successful execve calls that are the engine's own; undefined keeps everything. */
  constructor(setupExecs: number | undefined) {
    this.#toSkip = setupExecs ?? -1;
  }

  /** What strace said about the command's end (`exited with 3`, `killed by SIGTERM (core dumped)`), if it did. */
  get leaderEnd(): string | undefined {
    return this.#end;
  }

  /** Takes a chunk, cut anywhere; gives back whole lines that are to be kept. */
  push(chunk: Buffer): Buffer[] {
    if (this.#toSkip < 0) return [chunk];
    const last = chunk.lastIndexOf(10);
    if (last === -1) {
      this.#carry = Buffer.concat([this.#carry, chunk]);
      return [];
    }
    const head = chunk.subarray(0, last + 1);
    const whole = this.#carry.length === 0 ? head : Buffer.concat([this.#carry, head]);
    this.#carry = chunk.subarray(last + 1);
    return this.#lines(whole);
  }

  /** The rest: a torn last line is kept as it is. */
  end(): Buffer[] {
    const rest = this.#carry;
    this.#carry = Buffer.alloc(0);
    return rest.length === 0 || this.#toSkip < 0 || this.leader !== undefined ? [rest] : [];
  }

  #lines(whole: Buffer): Buffer[] {
    const kept: Buffer[] = [];
    let at = 0;
    while (this.leader === undefined && at < whole.length) {
      const end = whole.indexOf(10, at) + 1;
      kept.push(...this.#before(whole.subarray(at, end)));
      at = end;
    }
    if (at < whole.length) this.#after(whole.subarray(at), kept);
    return kept;
  }

  /** One line before the command has started; the line of its execve starts the recording. */
  #before(line: Buffer): Buffer[] {
    const text = line.toString('latin1');
    const match =
      /^(?:\[pid\s+)?(\d+)\]?\s+(?:[\d:.]+\s+)?(?:\[[^\]]*\]\s+)?(?:<\.\.\. )?(execve(?:at)?)?/.exec(text);
    if (!match) return [];
    const pid = Number(match[1]);
    this.#seen.add(pid);
    if (match[2] === undefined) return [];
    if (this.#toSkip === 0) this.attempted = true;
    if (text.includes('<unfinished ...>')) {
      this.#pending.set(pid, line);
      return [];
    }
    if (!/= 0(\s|$)/.test(text.slice(text.lastIndexOf(')')))) {
      if (this.#toSkip === 0)
        this.refused = /^ = -1 (E[A-Z0-9]+) \(/.exec(text.slice(text.lastIndexOf(' = -1 ')))?.[1];
      return [];
    }
    if (this.#toSkip > 0) {
      this.#toSkip -= 1;
      return [];
    }
    this.leader = pid;
    this.#seen.delete(pid);
    this.#foreign = [...this.#seen].map((one) => Buffer.from(`\n${one} `, 'latin1'));
    const first = this.#pending.get(pid);
    this.#pending.clear();
    return first && text.includes('resumed') ? [first, line] : [line];
  }

  /** Whole lines after the start: drops those of foreign processes. */
  #after(lines: Buffer, kept: Buffer[]): void {
    this.#findEnd(lines);
    let from = 0;
    while (from < lines.length) {
      const foreign = this.#nextForeign(lines, from);
      if (foreign === -1) {
        kept.push(lines.subarray(from));
        return;
      }
      if (foreign > from) kept.push(lines.subarray(from, foreign));
      from = lines.indexOf(10, foreign) + 1;
    }
  }

  /** Start of the first foreign line at or after `from`, which is the start of a line; -1 when there is none. */
  #nextForeign(lines: Buffer, from: number): number {
    let first = -1;
    for (const needle of this.#foreign) {
      const bare = needle.subarray(1);
      const found = lines.subarray(from, from + bare.length).equals(bare)
        ? from
        : lines.indexOf(needle, from) + 1 || -1;
      if (found !== -1 && (first === -1 || found < first)) first = found;
    }
    return first;
  }

  #findEnd(lines: Buffer): void {
    const mark = Buffer.from('+++ ', 'latin1');
    for (let at = lines.indexOf(mark); at !== -1; at = lines.indexOf(mark, at + 1)) {
      const lineStart = lines.lastIndexOf(10, at) + 1;
      const line = lines.subarray(lineStart, lines.indexOf(10, at)).toString('latin1');
      const match = /^(\d+)\s+(?:[\d:.]+\s+)?(?:\[[^\]]*\]\s+)?\+\+\+ (.*) \+\+\+$/.exec(line);
      if (match && Number(match[1]) === this.leader && !match[2]!.startsWith('superseded'))
        this.#end = match[2];
    }
  }
}
