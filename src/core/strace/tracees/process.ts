import type { Abi } from '../../linux/abi.ts';
import type { TraceEvent } from '../grammar/event.ts';
import type { Identity } from '../grammar/identity.ts';
import type { Watch } from '../summary/consequence.ts';
import { Image } from './image.ts';

/** A call whose end has not been seen yet. */
export interface Pending {
  readonly name: string;
  readonly number: number | undefined;
  readonly time: number | undefined;
  args: string;
  readonly line: number;
}

/** One thread, from its first line to its end. */
export class Process {
  pid: number | undefined;
  abi: Abi;
  /** What it runs: since its last successful execve, or its parent's. */
  image = new Image(undefined);
  pending: Pending | undefined;
  /** Its parent was not certain when it was first seen. */
  guessed = false;
  /** Of a record that is not strace's: what its calls do to other threads is not followed. */
  recorded = false;
  /** Of a record whose tool shows nothing of what the process does next. */
  unfollowed = false;
  /** It came up unannounced while a call could return it, and none has. */
  stranger = false;
  /** True after `exit_group(…) = ?`: old traces show no other end. */
  leaving = false;
  /** SIGSYS came, and which call it is about is known, or that it is about none. */
  sigsys = false;
  /** True while the last event may turn out to be the one it died of. */
  recent = false;
  /** The last event, if it was deadly, was one of this ABI: its result is the number that the call has there. */
  otherAbi: Identity | undefined;
  /** Counter of the last event, for the tally. */
  last: unknown;
  lastEvent: TraceEvent | undefined;
  /** The line of the last event, when the byte scanner counted it and it may have been deadly. */
  lastBytes: Uint8Array | undefined;
  lastLine = 0;
  /** A pending call as bytes, kept by the byte scanner; see reader.ts. */
  lazy: Uint8Array | undefined;
  lazySlot: unknown;
  lazyLine = 0;
  /** Where `lazy` and `lastBytes` lie in the chunk at hand, while they are not copied yet; -1 when they are. */
  lazyFrom = -1;
  lazyTo = 0;
  lastFrom = -1;
  lastTo = 0;
  held = false;
  /** The last call that was refused to it, while what it does next is of interest. */
  watch: Watch | undefined;

  /** The command line of its image. */
  get command(): string | undefined {
    return this.image.command;
  }

  constructor(pid: number | undefined, abi: Abi) {
    this.pid = pid;
    this.abi = abi;
  }
}
