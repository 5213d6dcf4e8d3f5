import type { CommandModule } from '../binding.ts';
import { addExamples } from '../examples.ts';
import { defineCompile } from './profile/compile.ts';
import { defineConvert } from './profile/convert.ts';
import { defineDiff } from './profile/diff.ts';
import { defineDisasm } from './profile/disasm.ts';
import { defineEval } from './profile/eval.ts';
import { defineShow } from './profile/show.ts';

export const define: CommandModule['define'] = (command, binding) => {
  defineShow(command.command('show'), binding);
  defineDiff(command.command('diff'), binding);
  defineEval(command.command('eval'), binding);
  defineCompile(command.command('compile'), binding);
  defineDisasm(command.command('disasm'), binding);
  defineConvert(command.command('convert'), binding);
  addExamples(command, [
    ['trace-build profile show docker@24.0.9', 'what that host allows and refuses, with conditions'],
    ['trace-build profile diff docker@24.0.9 docker@25.0.3', 'which syscalls they answer differently'],
    [
      'trace-build profile compile my.json --on docker@20.10.5 -o out.bpf',
      'the filter, as bwrap --seccomp takes it',
    ],
    ['trace-build profile eval out.bpf --arch x86_64 clone3', 'what it answers to one call'],
  ]);
};
