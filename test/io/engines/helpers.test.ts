import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { HELPERS } from '../../../src/io/engines/helpers.gen.ts';
import { needs } from '../../rig/need.ts';

const COMPILER = 'x86_64-linux-gnu-gcc';
const here = spawnSync(COMPILER, ['-dumpfullversion'], { encoding: 'utf8' }).stdout?.trim();

needs('gcc').describe('the helper programs', () => {
  // Another compiler makes other bytes.
  test.skipIf(here !== HELPERS.x86_64?.compiler)('are what their sources make', () => {
    const made = execFileSync(
      process.execPath,
      [join(import.meta.dirname, '../../../scripts/make-helpers.mjs'), '--print', 'x86_64'],
      { encoding: 'utf8' },
    );
    expect(JSON.parse(made)).toEqual(HELPERS.x86_64);
  });

  test.each(Object.entries(HELPERS))('are static programs for %s', (arch, helpers) => {
    const machine = { x86_64: 62, aarch64: 183 }[arch];
    for (const name of ['hold', 'attach'] as const) {
      const elf = Buffer.from(helpers![name], 'base64');
      expect(elf.subarray(0, 4).toString('latin1')).toBe('\x7fELF');
      // e_type ET_EXEC: the address of the word that lets it go is fixed; e_machine.
      expect([elf.readUInt16LE(16), elf.readUInt16LE(18)]).toEqual([2, machine]);
      expect(elf.length).toBeLessThan(8192);
    }
    expect(helpers!.released).toMatch(/^[0-9a-f]+$/);
  });
});
