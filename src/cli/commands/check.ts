import type { CheckWishes } from '../../commands/check.ts';
import { printDocument } from '../../render/json.ts';
import type { CommandModule } from '../binding.ts';
import { addExamples } from '../examples.ts';
import { EXIT, exitStatusOf, wordsOf } from '../exit.ts';

interface CheckOptions extends CheckWishes {
  readonly json?: boolean;
}

export const define: CommandModule['define'] = (command, { io, behindDashes, action }) => {
  addExamples(command, [
    ['trace-build check', 'check all of traces/; exit 1 when a verdict got worse'],
    ['trace-build check --record build -- make', 'add a fixture from a command'],
    ['trace-build check --update', "take today's verdicts as the expected ones"],
    ['trace-build check --min-host docker@20.10', 'fail when a fixture needs more than that'],
    ['trace-build check --live build -- make', 'trace again: what does the build need now?'],
  ]);
  command
    .argument(
      '[word...]',
      'fixtures, by name or file, or folders of them (default: traces); after --, a command',
    )
    .option('--update', 'write the verdicts of today as the expected ones')
    .option('--record <name>', 'run the command and add it as a fixture of this name')
    .option('--live [name]', 'run the command and compare it with its fixture')
    .option('--min-host <host>', 'fail when something that matters is refused there or on a later version')
    .option('--host <host...>', 'the hosts whose verdicts a new fixture expects')
    .option('--traces <folder>', 'where --record and --live find fixtures', 'traces')
    .option('--rootfs <folder>', 'root file system for the command instead of this machine’s')
    .option('--compact', 'keep each distinct call once (with --record or --update): small, same verdicts')
    .option('--json', 'print one JSON document')
    .action(
      action(async (words: readonly string[], options: CheckOptions) => {
        const { check } = await import('../../commands/check.ts');
        const done = await check(words, behindDashes, options, {
          env: io.env,
          cwd: io.cwd,
          log: (text) => io.err(`trace-build: ${text}\n`),
        });
        if (!done.ok) return done.failure;
        const { document, broken } = done.value;
        if (options.json) io.out(printDocument(document));
        else {
          const { renderCheck } = await import('../../render/text/check.ts');
          io.print(renderCheck(document, io.columns, io.colour));
        }
        for (const { failure } of broken) io.err(wordsOf(failure));
        if (io.env.GITHUB_ACTIONS === 'true') {
          const { tellGithubOfCheck } = await import('../github.ts');
          await tellGithubOfCheck(document, io);
        }
        if (broken[0]) return exitStatusOf(broken[0].failure);
        return document.worse ? EXIT.findings : EXIT.none;
      }),
    );
};
