import { defineConfig } from 'vitest/config';

/** For `npm run mutate`: the tests of one room, without the build that others need. */
export default defineConfig({
  test: {
    include: (process.env.MUTATE_TESTS ?? 'test/core/seccomp')
      .split(' ')
      .map((folder) => `${folder}/**/*.test.ts`),
    testTimeout: 60_000,
    maxWorkers: 1,
  },
});
