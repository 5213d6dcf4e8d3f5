import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 300_000,
    // Two cores: more workers only steal time from the real programs that the tests run.
    maxWorkers: 2,
    globalSetup: ['test/rig/setup.ts'],
    reporters: ['default', './test/rig/lastLine.ts'],
  },
});
