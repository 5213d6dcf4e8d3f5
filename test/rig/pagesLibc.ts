import { spawnSync } from 'node:child_process';

/**
 * Whether programs here make the calls that the pages show: the README and the story of the restricted places run
 * programs of this machine, and were written with the C library of Debian 12.
 */
export const isLibcOfPages =
  spawnSync('getconf', ['GNU_LIBC_VERSION'], { encoding: 'utf8' }).stdout?.trim() === 'glibc 2.36';
