import { spawnSync } from 'node:child_process';
import type { TestProject } from 'vitest/node';
import { lookForRequirements } from './requirements.ts';

/** Before all tests: builds the program, so that what is tested is what is published, and looks what tests can use here. */
export default async function setup(project: TestProject): Promise<void> {
  for (const script of ['scripts/build.mjs', 'scripts/build-page.mjs']) {
    const built = spawnSync(process.execPath, [script], { stdio: ['ignore', 'inherit', 'inherit'] });
    if (built.error !== undefined) throw built.error;
    if (built.status !== 0) throw new Error('the build failed; see the compiler messages above');
  }
  project.provide('unmet', await lookForRequirements());
}
