import type { CallerImage, TraceEvent } from '../grammar/event.ts';

/** So many of its first calls tell a C library or a language runtime from another. */
const START = 3;

const OPENS = /^open(?:at2?)?$/;
const SHARED_OBJECT = /"(?:[^"]*\/)?([^"/]+\.so(?:\.[\d.]+)?)"/;

/**
 * What a process runs since its last execve, as far as a trace shows it: the command line, the shared objects it opened
 * and its first calls. Threads and forked children share their parent's.
 */
export class Image {
  readonly command: string | undefined;
  readonly libraries = new Set<string>();
  readonly start: string[] = [];
  /** Its beginning is not in what is read: its first calls are not known. */
  readonly partial: boolean;

  constructor(command: string | undefined, partial = false) {
    this.command = command;
    this.partial = partial;
  }

  /** True while its calls are to be read in full. */
  get young(): boolean {
    return this.start.length < START && !this.partial;
  }

  /** Learns from a call that it made. */
  learn({ name, args, outcome }: TraceEvent): void {
    if (this.young && name !== 'execve' && name !== 'execveat') this.start.push(name);
    if (outcome.kind !== 'returned' || !OPENS.test(name)) return;
    const library = SHARED_OBJECT.exec(args)?.[1];
    if (library !== undefined) this.libraries.add(library);
  }

  /** As plain data. */
  shown(): CallerImage {
    return {
      ...(this.command === undefined ? {} : { command: this.command }),
      libraries: [...this.libraries],
      start: [...this.start],
      ...(this.partial ? { partial: true } : {}),
    };
  }
}
