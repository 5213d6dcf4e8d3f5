// Prints `N passed, N failed[, N skipped]` from vitest's JSON reports and exits non-zero when anything failed.
// Usage: node .ci/closing-line.mjs STATUS REPORT [BARE…]   (STATUS: how the steps before ended)
// What is skipped on a bare machine runs in the first report, so it is counted there only.
import { readFileSync } from 'node:fs';

const [, , statusText, ...files] = process.argv;
const status = Number(statusText);
let [passed, failed, skipped] = [0, 0, 0];
for (const [index, file] of files.entries()) {
  let counts;
  try {
    counts = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    // No report: the runner itself did not get that far.
    console.log(`no report: ${file}`);
    failed++;
    continue;
  }
  // A file that could not even be loaded has no failed test of its own, but it did fail.
  const brokenFiles = (counts.testResults ?? []).filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((one) => one.status === 'failed'),
  );
  for (const { name, message } of brokenFiles) console.log(`failed to run: ${name}: ${message}`);
  passed += counts.numPassedTests;
  failed += counts.numFailedTests + brokenFiles.length;
  if (index === 0) skipped = counts.numPendingTests;
}
if (failed === 0 && (status !== 0 || passed === 0)) failed = 1;
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed > 0 ? 1 : 0;
