import type { Io } from '../commands/ports.ts';
import type { CheckDocument } from '../core/documents/check.ts';
import type { Report } from '../core/documents/report.ts';

export const inGithubActions = (io: Io): boolean => io.env.GITHUB_ACTIONS === 'true';

/** Annotations and step summary of a redacted report, in GitHub Actions only. */
export async function tellGithub(safe: Report, io: Io): Promise<void> {
  if (!inGithubActions(io)) return;
  const { annotations, stepSummary } = await import('../render/ci/github.ts');
  io.err(annotations(safe));
  await summarize(stepSummary(safe), io);
}

/** The same of what `check` found. */
export async function tellGithubOfCheck(document: CheckDocument, io: Io): Promise<void> {
  if (!inGithubActions(io)) return;
  const { checkAnnotations, checkSummary } = await import('../render/ci/githubCheck.ts');
  io.err(checkAnnotations(document));
  await summarize(checkSummary(document), io);
}

async function summarize(markdown: string, io: Io): Promise<void> {
  const file = io.env.GITHUB_STEP_SUMMARY;
  if (file === undefined || file === '') return;
  const { appendText } = await import('../io/files/textFile.ts');
  await appendText(file, `${markdown}\n`);
}
