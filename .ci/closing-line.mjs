// Prints `N passed, N failed[, N skipped]` from vitest's JSON report and exits non-zero when anything failed.
// Usage: node .ci/closing-line.mjs REPORT STATUS   (STATUS: how the steps before ended)
import { readFileSync } from 'node:fs';

const [, , file, statusText] = process.argv;
const status = Number(statusText);
let counts = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTotalTestSuites: 0 };
try {
  counts = JSON.parse(readFileSync(file, 'utf8'));
} catch {
  // No report: the runner itself did not get that far.
}
// A file that could not even be loaded has no failed test of its own, but it did fail.
const brokenFiles = (counts.testResults ?? []).filter(
  ({ status, assertionResults }) =>
    status === 'failed' && !assertionResults.some((one) => one.status === 'failed'),
);
for (const { name, message } of brokenFiles) console.log(`failed to run: ${name}: ${message}`);
const passed = counts.numPassedTests;
let failed = counts.numFailedTests + brokenFiles.length;
if (failed === 0 && (status !== 0 || passed === 0)) failed = 1;
const skipped = counts.numPendingTests > 0 ? `, ${counts.numPendingTests} skipped` : '';
console.log(`${passed} passed, ${failed} failed${skipped}`);
process.exitCode = failed > 0 ? 1 : 0;
