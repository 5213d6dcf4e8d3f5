/** The strings of an argv as strace prints it. */
function strings(text: string): readonly string[] {
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"(\.\.\.)?/g)].map(([, body, cut]) => `${body}${cut ?? ''}`);
}

/** What was executed, out of the arguments of an execve: `"/bin/sh", ["sh", "-c", "make"], 0x7ff /* 12 vars *\/`. */
export function commandLine(args: string): string {
  const path = /"((?:[^"\\]|\\.)*)"/.exec(args)?.[1] ?? '';
  const list = /\[((?:"(?:[^"\\]|\\.)*"(?:\.\.\.)?(?:, )?)*)/.exec(args);
  const argv = list ? strings(list[1]!) : [];
  // argv[0] is what the program is told its name is; the path is what runs.
  return [path, ...argv.slice(1)].join(' ');
}
