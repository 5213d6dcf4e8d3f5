import { spawnSync } from 'node:child_process';

/** End-to-end tests run the built program, so what is tested is what is published. */
export default function setup(): void {
  const built = spawnSync(process.execPath, ['scripts/build.mjs'], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (built.status !== 0) throw new Error('the build failed; see the compiler messages above');
}
