/** What `attach` (native/helpers/attach.c) said on standard error. */
export interface AttachReport {
  /** Raw `struct sock_filter` arrays, newest first; undefined where they could not be read. */
  readonly filters: readonly Uint8Array[] | undefined;
  /** Why they could not be read, in words. */
  readonly whyNot?: string;
  /** What strace and the engine said besides, without our own lines. */
  readonly said: string;
  readonly noStrace: boolean;
}

/** ENOENT: no filter with that index; EINVAL: the process is not filtered at all (kernel/seccomp.c, get_nth_filter). */
const NO_MORE = new Set([-2, -22]);

const WORDS: Readonly<Record<number, string>> = {
  [-1]: 'the kernel does not allow it to this tracer',
  [-13]: 'the tracer is under a filter itself or lacks CAP_SYS_ADMIN',
  [-5]: 'the kernel was built without CONFIG_CHECKPOINT_RESTORE',
};

/** What the helper printed: the filters in force, newest first, or why they could not be read. */
export function readAttachReport(text: string): AttachReport {
  const filters: Uint8Array[] = [];
  const said: string[] = [];
  let whyNot: string | undefined;
  for (const line of text.split('\n')) {
    const filter = /^trace-build-filter: ([0-9a-f]+)$/.exec(line);
    const none = /^trace-build-no-filter: (-?\d+)$/.exec(line);
    if (filter) filters.push(Uint8Array.from(Buffer.from(filter[1]!, 'hex')));
    else if (none) {
      const error = Number(none[1]);
      if (!NO_MORE.has(error) && error < 0)
        whyNot = WORDS[error] ?? `the kernel answered with error ${-error}`;
    } else if (
      !/^(trace-build-\S+|strace: (Process \d+ attached|Exit of unknown pid \d+ ignored))$/.test(line)
    ) {
      said.push(line);
    }
  }
  return {
    filters: whyNot === undefined ? filters : undefined,
    ...(whyNot === undefined ? {} : { whyNot }),
    said: said.join('\n').trim(),
    noStrace: text.includes('trace-build-no-strace'),
  };
}

/** A filter as `strace -v` prints it when a process loads it: what our reader and disassembler take. */
export function asStraceText(filter: Uint8Array): string {
  const view = new DataView(filter.buffer, filter.byteOffset, filter.byteLength);
  const instructions: string[] = [];
  for (let at = 0; at + 8 <= filter.byteLength; at += 8) {
    const code = view.getUint16(at, true).toString(16);
    const k = view.getUint32(at + 4, true).toString(16);
    const jumps = [view.getUint8(at + 2), view.getUint8(at + 3)];
    instructions.push(
      `BPF_JUMP(0x${code}, 0x${k}, ${jumps.map((jump) => `0x${jump.toString(16)}`).join(', ')})`,
    );
  }
  return `seccomp(SECCOMP_SET_MODE_FILTER, 0, {len=${instructions.length}, filter=[${instructions.join(', ')}]}) = 0\n`;
}
