/**
 * Mutation tests: `npm run mutate -- --mutate 'src/core/seccomp/profile/*.ts'`. Each mutant is run against the tests of the room that
 * its file is in, so give files of one room at a time, or name the tests: MUTATE_TESTS='test/core/hosts'.
 * @type {import('@stryker-mutator/api/core').PartialStrykerOptions}
 */
export default {
  testRunner: 'vitest',
  vitest: { configFile: 'stryker.vitest.config.ts', related: false },
  // Mutants are switched on in one build of the sources, where TypeScript's types no longer count.
  checkers: [],
  // Stryker would rewrite paths in it by TypeScript's old interface, which TypeScript 7 has no more.
  tsconfigFile: 'tsconfig.none.json',
  coverageAnalysis: 'perTest',
  concurrency: Number(process.env.MUTATE_WORKERS ?? 2),
  timeoutMS: 20_000,
  ignoreStatic: true,
  reporters: ['clear-text', 'progress-append-only'],
  clearTextReporter: { allowColor: false, logTests: false, allowEmojis: false },
  tempDirName: 'node_modules/.cache/stryker',
  cleanTempDir: 'always',
  disableTypeChecks: false,
  mutate: ['src/core/**/*.ts', '!src/**/*.gen.ts'],
};
