import { canonicalName } from '../../linux/numbers.ts';
import { type Body, type Line, readLine } from '../grammar/line.ts';
import { readPrefix } from '../grammar/prefix.ts';
import { isHtml, textOfHtml } from './html.ts';
import { textsOfJson } from './jsonLine.ts';
import { mayBeNotification } from './notification.ts';
import { recordOf } from './record.ts';
import { Shapes } from './shapes.ts';
import type { Survey } from './survey.ts';

/** How many wrappings may be within each other: CI's log of a container's log in JSON of a quoted mail. */
const DEEPEST = 4;
/** How far before a call strace's own prefix can begin: pid, security context, times, number, address. */
const OWN_PREFIX = 160;
/** How many beginnings of calls are tried in a line. */
const TRIES = 12;

/** Kinds of line that nothing else looks like. */
const CERTAIN: ReadonlySet<Body['kind']> = new Set([
  'call',
  'unfinished',
  'resumed',
  'still',
  'signal',
  'exited',
  'killed',
  'superseded',
  'detached',
  'attached',
  'mode',
  'table',
]);

/** Where a line of strace can begin within a line of a log. */
const BEGIN =
  /(?<=^|[\s\]:>|"')#*]|MESSAGE=)(?:[a-z_][a-z0-9_]*\(|<\.\.\. |\+\+\+ (?:exited|killed|superseded) |--- SIG|\[ Process PID=|(?:strace: )?Process \d+ attached)/g;
/** The beginning of a call, and its result, wherever they are. */
const CALL = /(?:^|[^\w.$])[a-z_][a-z0-9_]*\(/;
const RESULT = /\) *= (?:-?\d|0x|\?)/;
/** ` | 00000  7f 45 4c …` of -e read=, write=, and stack frames of -k. */
const DUMP = /^ *(?:\| [0-9a-f]{5} |> .*\[0x[0-9a-f]+\]$|> unexpected_)/;
/** Kubernetes' log files; P marks a line that goes on in the next record. */
const CRI = /^\d{4}-\d\d-\d\dT\S+ (?:stdout|stderr) ([FP])(?::\S*)? /;
/** A date whose day would be taken for a pid. */
const DATE = /(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec)[a-z]*\.? +$/;
const BOUNDARY = /[\s\]:>|"')#*=]/;

/** Finds the lines of strace in whatever it was written into, copied to or quoted in. One line at a time. */
export class Wrapping {
  readonly #shapes = new Shapes();
  readonly #strip: RegExp | undefined;
  #html = false;
  /** The line at hand was a page's and is text now: its strings may hold tags of their own. */
  #isText = false;
  /** Where JSON records have the text. */
  readonly #keys = new Set<string>();
  /** gdb's `set print pretty` has each member on a line. */
  #member = '';
  /** The beginning of a line that a log cut. */
  #partial = '';

  constructor(survey: Pick<Survey, 'numbered' | 'indented'> = {}) {
    if (survey.numbered) this.#strip = /^ *\d+[ \t:|]+/;
    else if (survey.indented) this.#strip = /^ +/;
  }

  /** Reads a line, whatever is around it. */
  read(raw: string): Line {
    this.#isText = false;
    const plain = readLine(this.#strip ? raw.replace(this.#strip, '') : raw);
    if (this.#isRead(plain) || DUMP.test(plain.text)) return plain;
    const text = this.#joinedByGdb(plain.text);
    const record = text.startsWith('{') ? undefined : recordOf(text);
    if (record) return { ...plain, body: { kind: 'record', record } };
    // The beginning of a call that other output cut, unless a page hides its end.
    if (plain.body.kind === 'open' && !isHtml(plain.text)) return plain;
    return this.#peel(plain, 0) ?? (holdsCall(plain) ? { ...plain, body: { kind: 'unknown' } } : plain);
  }

  #isRead({ body, text }: Line): boolean {
    if (body.kind === 'call' && mayBeNotification(text) && recordOf(text)?.tool === 'notification')
      return false;
    return CERTAIN.has(body.kind) && (this.#isText || !(text.includes('&') && (this.#html || isHtml(text))));
  }

  /** A line that is not read yet, without what is around it; undefined when nothing is. */
  #peel({ text }: Line, depth: number): Line | undefined {
    if (depth > DEEPEST) return undefined;
    const record = this.#json(text) ?? this.#cri(text);
    if (record !== undefined) return this.#inner(record, depth);
    if (!this.#isText && (this.#html || isHtml(text))) {
      this.#html = true;
      this.#isText = true;
      const shown = textOfHtml(text);
      if (shown !== text) return this.#inner(shown, depth);
    }
    let rest: Line | undefined;
    for (const at of this.#shapes.behind(text)) {
      if (at === 0) continue;
      const line = readLine(text.slice(at));
      if (this.#isRead(line)) return line;
      rest ??= line;
    }
    const start = coreOf(text);
    if (start !== undefined) {
      this.#shapes.learn(text.slice(0, start));
      return this.#inner(text.slice(start), depth);
    }
    if (!rest || holdsCall(rest)) return undefined;
    return rest.body.kind === 'unknown' ? (this.#peel(rest, depth + 1) ?? rest) : rest;
  }

  #inner(text: string, depth: number): Line {
    const line = readLine(text);
    if (this.#isRead(line)) return line;
    const found = text.startsWith('{') ? undefined : recordOf(line.text);
    return found
      ? { ...line, body: { kind: 'record', record: found } }
      : (this.#peel(line, depth + 1) ?? line);
  }

  /** The text of a JSON record, when it holds a line of strace or others did under the same key. */
  #json(text: string): string | undefined {
    // Another log's prefix may be before it.
    const start = text.indexOf('{"');
    const texts = start === -1 ? undefined : textsOfJson(text.slice(start));
    if (!texts) return undefined;
    const known = texts.find(({ key }) => this.#keys.has(key));
    const found = known ?? texts.find((one) => mayHold(one.text));
    if (!found) return undefined;
    this.#keys.add(found.key);
    // Docker cuts long lines at 16 KiB: only the last record of one has the line end.
    const whole = found.key !== 'log' || /\n$/.test(found.text);
    return this.#joined(found.text.replace(/\r?\n$/, ''), whole);
  }

  #joinedByGdb(text: string): string {
    const before = this.#member;
    this.#member = /^\s*_syscall = \d+,$/.test(text) ? text : '';
    return before !== '' && /^\s*_arch = \d+/.test(text) ? `${before}${text}` : text;
  }

  #cri(text: string): string | undefined {
    const head = CRI.exec(text);
    return head ? this.#joined(text.slice(head[0].length), head[1] === 'F') : undefined;
  }

  #joined(text: string, whole: boolean): string {
    const all = this.#partial + text;
    this.#partial = whole ? '' : all;
    return whole ? all : '';
  }
}

/** Whether a line that was not read has a call in it all the same. */
function holdsCall({ body, text }: Line): boolean {
  if (body.kind === 'open' || DUMP.test(text)) return false;
  const call = text.search(CALL);
  return call !== -1 && RESULT.test(text.slice(call));
}

/** Whether a text of a record is, or holds, a line of strace. */
function mayHold(record: string, depth = 0): boolean {
  const { body, text } = readLine(record.replace(/\r?\n$/, ''));
  if (CERTAIN.has(body.kind) || coreOf(text) !== undefined || recordOf(text)) return true;
  if (depth > DEEPEST) return false;
  if (isHtml(text)) return mayHold(textOfHtml(text), depth + 1);
  return textsOfJson(text)?.some((one) => mayHold(one.text, depth + 1)) === true;
}

/** Where strace's own line begins in a line of a log; undefined when there is none, or it is the whole line. */
function coreOf(text: string): number | undefined {
  let tries = 0;
  for (const match of text.matchAll(BEGIN)) {
    if (++tries > TRIES) return undefined;
    const at = match.index;
    // Within a string of another call, or at the beginning, where it was read already.
    if (at === 0 || isOdd(text, at)) continue;
    const { body } = readLine(text.slice(at));
    if (!CERTAIN.has(body.kind)) continue;
    if ((body.kind === 'call' || body.kind === 'unfinished') && !isSyscall(body.name)) continue;
    return ownPrefix(text, at);
  }
  return undefined;
}

function isSyscall(name: string): boolean {
  return canonicalName(name) !== undefined || /^(?:syscall|SYS)_(?:0x)?[0-9a-f]+$/.test(name);
}

function isOdd(text: string, to: number): boolean {
  let odd = false;
  for (let at = text.indexOf('"'); at !== -1 && at < to; at = text.indexOf('"', at + 1)) odd = !odd;
  return odd;
}

/** Where strace's own prefix of the call at `call` begins: as far to the left as everything between is of it. */
function ownPrefix(text: string, call: number): number {
  for (let at = Math.max(0, call - OWN_PREFIX); at < call; at++) {
    if (text[at] === ' ' || text[at] === '\t' || (at > 0 && !BOUNDARY.test(text[at - 1]!))) continue;
    if (DATE.test(text.slice(Math.max(0, at - 12), at))) continue;
    if (readPrefix(text.slice(at, call + 1)).at === call - at) return at;
  }
  return call;
}
