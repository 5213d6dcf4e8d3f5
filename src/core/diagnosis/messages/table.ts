import { compileExpression, type Expression } from './expression.ts';
import { TEXT } from './messages.gen.ts';

/** How sure it is that a message comes from a refused call of this syscall. */
export type Confidence = 'likely' | 'possible' | 'unlikely';

/** What, when the log shows it, makes a call surer: a libc, a word size, a kernel that is not Linux itself. */
export type Circumstance = 'glibc' | 'musl' | '32bit' | 'newglibc' | 'gvisor' | 'wsl1';

/** One way to explain a message. */
export interface PossibleCall {
  readonly syscall: string;
  readonly errno: string;
  readonly confidence: Confidence;
  readonly surerWith?: Circumstance;
}

/** A message of facts/messages.json that a refused syscall gives. */
export interface MessagePattern {
  readonly id: string;
  readonly expression: Expression;
  readonly program: string;
  /** The library or function through which the program makes the call. */
  readonly via?: string;
  readonly languages?: readonly string[];
  readonly distributions?: readonly string[];
  /** Who refuses it, where the tables of hosts do not say. */
  readonly hosts?: string;
  /** Best first. */
  readonly calls: readonly PossibleCall[];
  /** Other causes of the same message. */
  readonly also: readonly string[];
  /** Address of a public report. */
  readonly source?: string;
}

/** A message that says that its cause is no refused syscall. */
export interface CausePattern {
  readonly id: string;
  readonly expression: Expression;
  readonly cause: string;
  readonly source?: string;
}

export interface MessageTable {
  readonly patterns: readonly MessagePattern[];
  readonly causes: readonly CausePattern[];
  /** Translations of strerror's two texts. */
  readonly translations: readonly { readonly text: string; readonly english: string }[];
  /** Images of GitHub's runners: label, first version (YYYYMMDD), versions of Docker, Podman and the kernel. */
  readonly runners: readonly (readonly [
    label: string,
    since: string,
    docker: string | null,
    podman: string | null,
    kernel: string | null,
  ])[];
  /** libc functions and the syscalls behind them that newer versions make. */
  readonly functions: Readonly<Record<string, readonly PossibleCall[]>>;
}

type RawCall = readonly [syscall: string, errno: string, confidence: Confidence, surerWith?: Circumstance];

/** Shape of messages.gen.ts. */
interface Raw {
  readonly patterns: readonly (Omit<MessagePattern, 'expression' | 'calls' | 'also'> & {
    readonly match: string;
    readonly calls: readonly RawCall[];
    readonly also?: readonly string[];
  })[];
  readonly causes: readonly (Omit<CausePattern, 'expression'> & { readonly match: string })[];
  readonly strerror: { readonly EPERM: readonly string[]; readonly ENOSYS: readonly string[] };
  readonly runners: MessageTable['runners'];
  readonly functions: Readonly<Record<string, readonly RawCall[]>>;
}

let loaded: MessageTable | undefined;

/** The table of messages, compiled on first use. */
export function messageTable(): MessageTable {
  loaded ??= compile(JSON.parse(TEXT) as Raw);
  return loaded;
}

function compile({ patterns, causes, strerror, runners, functions }: Raw): MessageTable {
  return {
    patterns: patterns.map(({ match, calls, also, ...rest }) => ({
      ...rest,
      expression: compileExpression(match),
      calls: calls.map(callOf),
      also: also ?? [],
    })),
    causes: causes.map(({ match, ...rest }) => ({ ...rest, expression: compileExpression(match) })),
    translations: [
      ...strerror.EPERM.map((text) => ({ text, english: 'Operation not permitted' })),
      ...strerror.ENOSYS.map((text) => ({ text, english: 'Function not implemented' })),
    ],
    runners,
    functions: Object.fromEntries(
      Object.entries(functions).map(([name, calls]) => [name, calls.map(callOf)]),
    ),
  };
}

function callOf([syscall, errno, confidence, surerWith]: RawCall): PossibleCall {
  return { syscall, errno, confidence, ...(surerWith === undefined ? {} : { surerWith }) };
}
