import type { ExplainOptions } from '../../commands/explain.ts';
import type { Io } from '../../commands/ports.ts';
import { printDocument } from '../../render/json.ts';
import type { CommandModule, Done } from '../binding.ts';
import { addExamples } from '../examples.ts';
import { EXIT } from '../exit.ts';

interface Flags extends ExplainOptions {
  readonly json?: boolean;
}

export const define: CommandModule['define'] = (command, { io, action }) => {
  command
    .argument('<syscall|host>', 'a name, a number, or a host expression such as docker@20.10.5')
    .option('--on <host>', 'as this host answers it')
    .option('--abi <abi>', "the program's ABI where it is not the host's own, such as x86 on x86_64")
    .option('--json', 'one JSON document (schema trace-build/explain@1)')
    .action(action((word: string, flags: Flags) => explain(word, flags, io)));
  addExamples(command, [
    ['trace-build explain faccessat2 --on docker@20.10.5', 'why it works there, or why not, and what to do'],
    ['trace-build explain clone3', 'since when, who allows it, what libc does when it fails'],
    ['trace-build explain docker@20.10.5', 'the whole stack of that host and what it refuses'],
  ]);
};

async function explain(word: string, { json, ...options }: Flags, io: Io): Promise<Done> {
  const [{ explain: explained }, text] = await Promise.all([
    import('../../commands/explain.ts'),
    json ? undefined : import('../../render/text/explain.ts'),
  ]);
  const done = await explained(word, options);
  if (!done.ok) return done.failure;
  if (!text) io.out(printDocument(done.value));
  else if (!('syscall' in done.value)) io.print(text.renderHost(done.value, io.columns));
  else io.print(text.renderSyscall(done.value, io.columns));
  return EXIT.none;
}
