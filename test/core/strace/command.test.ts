import { expect, it } from 'vitest';
import { commandOf } from '../../../src/core/strace/grammar/command.ts';

it('shows the words of a command in UTF-8, and bytes that are none as they are', () => {
  const vector = '["sh", "b\\303\\274ild.sh", "\\xe6\\x97\\xa5", "\\377"]';
  expect(commandOf('execve', `"/bin/sh", ${vector}, 0x1`)).toBe("sh 'büild.sh' '日' 'ÿ'");
  expect(commandOf('execve', '"/bin/b\\303\\274", 0x1, 0x1')).toBe('/bin/bü');
});
