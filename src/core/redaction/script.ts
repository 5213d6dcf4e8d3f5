import { CommandScan } from './commandScan.ts';
import { SECRET, type Sink } from './findings.ts';
import { namesSecret } from './secretNames.ts';
import { type ShellCommand, type ShellWord, shellCommands } from './shell.ts';
import type { Rest } from './wordValues.ts';

/** Scripts in words of scripts are looked into so deep. */
export const DEEPEST = 4;

/** Finds what is private in a text, wherever it is from. */
export type ScanWord = (text: string, sink: Sink) => void;

/** Files that hold nothing but a secret, or lines with one each. */
const SECRET_FILE =
  /(?:^|\.)(?:pgpass|htpasswd|git-credentials|credentials|vault_pass|vault-pass|smbcredentials|s3cfg|npmrc|pypirc|dockercfg)$/i;

/** What is private in a script of a shell (or of expect), by the words of its commands. */
export function scanScript(
  script: string,
  sink: Sink,
  scanWord: ScanWord,
  depth: number,
  expect = false,
): void {
  const commands = shellCommands(script);
  /** Commands of the pipeline so far. */
  let pipeline: ShellCommand[] = [];
  for (const command of commands) {
    const reads = scanCommand(command, sink, scanWord, depth, expect);
    const toSecret = command.redirects.some(({ value }) => isSecretFile(value));
    for (const { start, end } of command.inputs) {
      if (reads || toSecret) sink.hide(start, end, SECRET);
      else scanWord(script.slice(start, end), shifted(sink, start));
    }
    if (toSecret) hidePrinted(command, sink);
    if (reads) for (const earlier of pipeline) hidePrinted(earlier, sink);
    pipeline = command.piped ? [...pipeline.slice(-3), command] : [];
  }
}

/** A script in a word, where the word is one or looks like one. */
export function scanInside(word: string, rest: Rest, sink: Sink, scanWord: ScanWord, depth: number): void {
  if (rest === 'script' || rest === 'expect') scanScript(word, sink, scanWord, depth, rest === 'expect');
  else if (word.includes('$(') || word.includes('`')) scanScript(word, sink, scanWord, depth);
  // Words of prose look alike: only what is a secret in a script is one here.
  else if (word.includes(' -') || word.includes('| '))
    scanScript(word, secretsOnly(sink), scanNothing, depth);
}

const scanNothing: ScanWord = () => undefined;

/** Only what is hidden for being a secret: where a word can be anything else, names of settings say little. */
export function secretsOnly(sink: Sink): Sink {
  return { hide: sink.hide, user: () => undefined, host: () => undefined, address: () => undefined };
}

function isSecretFile(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1).slice(0, 80);
  return SECRET_FILE.test(name) || namesSecret(name.replace(/\.(?:txt|key|pem|file|env)$/, ''));
}

function scanCommand(
  command: ShellCommand,
  sink: Sink,
  scanWord: ScanWord,
  depth: number,
  expect: boolean,
): boolean {
  const scan = new CommandScan();
  const sends = expect && /^(?:send|exp_send|send_user)$/.test(command.words[0]?.value ?? '');
  for (const [index, word] of command.words.entries()) {
    const inside = mapped(sink, word);
    if (sends && index > 0 && !/^--?\w*$/.test(word.value)) {
      inside.hide(0, word.value.length, SECRET);
      continue;
    }
    const rest = scan.next(word.value, inside);
    if (rest === 'plain') continue;
    scanWord(word.value, inside);
    if (depth < DEEPEST) scanInside(word.value, rest, inside, scanWord, depth + 1);
  }
  return scan.reads;
}

/** What `echo` and `printf` write, variables apart. */
function hidePrinted({ words }: ShellCommand, sink: Sink): void {
  if (!/^(?:.*\/)?(?:echo|printf|print|yes)$/.test((words[0]?.value ?? '').slice(0, 80))) return;
  for (const word of words.slice(1)) {
    if (
      /^-[neE]+$/.test(word.value) ||
      word.value === '' ||
      /^\$\w*$|^%s(?:\\n)?$/.test(word.value.slice(0, 80))
    )
      continue;
    mapped(sink, word).hide(0, word.value.length, SECRET);
  }
}

/** Findings in a word's value as findings in the script. */
function mapped(sink: Sink, { places }: ShellWord): Sink {
  const start = (at: number): number => places[at]!;
  const end = (at: number): number => (at === 0 ? places[0]! : places[at - 1]! + 1);
  return moved(sink, start, end);
}

function shifted(sink: Sink, by: number): Sink {
  return moved(
    sink,
    (at) => at + by,
    (at) => at + by,
  );
}

function moved(sink: Sink, start: (at: number) => number, end: (at: number) => number): Sink {
  return {
    hide: (from, to, shown) => sink.hide(start(from), end(to), shown),
    user: (from, to, name) => sink.user(start(from), end(to), name),
    host: (from, to, name) => sink.host(start(from), end(to), name),
    address: (from, to, address) => sink.address(start(from), end(to), address),
  };
}
