/** The page's worker: everything that takes time, so that the page stays usable. */

import { reportOfResult } from '../commands/results.ts';
import { EMPTY_REPORT } from '../core/documents/emptyReport.ts';
import type { Report } from '../core/documents/report.ts';
import { fail, ok, type Result } from '../core/failure.ts';
import type { FoundNames } from '../core/redaction/redactNames.ts';
import { redactReport } from '../core/redaction/redactReport.ts';
import { htmlReport, htmlSections } from '../render/html/index.ts';
import { jsonReport } from '../render/json.ts';
import { markdownReport } from '../render/markdown.ts';
import { headlineOf } from '../render/words.ts';
import { bytesOf, sortFiles } from './files.ts';
import { type Loaded, load, reportOf } from './judge.ts';
import type { Answer, Pasted, Question, Request } from './messages.ts';
import { redactedTrace } from './redactTrace.ts';
import { surroundingsOf } from './surroundings.ts';
import { whyAnswer } from './whyAnswer.ts';

declare const VERSION: string;

const scope = globalThis as unknown as {
  postMessage(answer: Answer): void;
  onmessage: (event: MessageEvent<Request>) => void;
};
/** The same name has the same hash in everything that this page writes, and another the next time. */
const SALT = crypto.getRandomValues(new Uint8Array(16)).join('.');

let loaded: Loaded | undefined;
let told = 0;

function progress(part: number, what: string): void {
  const now = performance.now();
  if (now - told < 60 && part < 1) return;
  told = now;
  scope.postMessage({ kind: 'progress', part, what });
}

async function judge(question: Question): Promise<Answer> {
  if (question.files) {
    const dropped = await sortFiles(question.files);
    if (!dropped.ok) return { kind: 'failure', failure: dropped.failure };
    // A profile alone joins the trace that is there already.
    const added = dropped.value;
    const alone = added.traces.length === 0 && added.result === undefined;
    const all =
      alone && loaded
        ? {
            ...loaded.dropped,
            manifest: added.manifest ?? loaded.dropped.manifest,
            profiles: new Map([...loaded.dropped.profiles, ...added.profiles]),
          }
        : added;
    if (alone && loaded) loaded = { ...loaded, dropped: all };
    else {
      const read = await load(all, progress);
      if (!read.ok) return { kind: 'failure', failure: read.failure };
      loaded = read.value;
    }
  }
  if (!loaded) return nothing();
  const { result, traces, profiles, manifest } = loaded.dropped;
  const made =
    traces.length > 0
      ? await reportOf(loaded, question, VERSION, progress)
      : result
        ? wrapped(reportOfResult(result.text, result.name))
        : undefined;
  if (made && !made.ok) return { kind: 'failure', failure: made.failure };
  const report: Report = made
    ? redactReport(made.value.report, { ...made.value.names, paths: question.paths, salt: SALT })
    : EMPTY_REPORT;
  progress(1, 'done');
  return {
    kind: 'outcome',
    outcome: {
      sections: htmlSections(report),
      headline: made
        ? headlineOf(report)
        : {
            level: 'undecided',
            text: 'The profile is here; now drop a trace on the page',
            details: [...profiles.keys()].map((name) => `It can be chosen as profile:${name}.`),
          },
      markdown: made ? markdownReport(report) : '',
      html: made ? htmlReport(report) : '',
      json: made ? jsonReport(report) : '',
      profiles: [...profiles.keys()],
      hasTrace: traces.length > 0,
      on: question.on || manifest?.host || '',
    },
  };
}

function wrapped(read: Result<Report>): Result<{ readonly report: Report; readonly names?: FoundNames }> {
  return read.ok ? ok({ report: read.value }) : read;
}

function nothing(): Answer {
  const refused = fail('usage', 'drop a trace on the page first');
  return { kind: 'failure', failure: refused.ok ? { kind: 'usage', what: '' } : refused.failure };
}

async function redact(paths: Question['paths']): Promise<Answer> {
  const file = loaded?.dropped.traces[0];
  if (!file) return nothing();
  const open = () => bytesOf(file, (bytes) => progress(bytes / file.size, 'redacting'));
  const blob = await redactedTrace(open, paths, SALT);
  return { kind: 'redacted', blob, name: `${file.name.replace(/\.gz$/, '')}.redacted` };
}

async function explain(pasted: Pasted): Promise<Answer> {
  const surroundings = surroundingsOf(loaded?.dropped.profiles ?? new Map());
  return { kind: 'why', explained: await whyAnswer(pasted, surroundings) };
}

function answerTo(request: Request): Promise<Answer> {
  switch (request.kind) {
    case 'judge':
      return judge(request.question);
    case 'redact':
      return redact(request.paths);
    case 'why':
      return explain(request.pasted);
  }
}

scope.onmessage = ({ data }) => {
  answerTo(data).then(
    (answer) => scope.postMessage(answer),
    (error: Error) =>
      scope.postMessage({
        kind: 'failure',
        failure: { kind: 'input', what: `this is a defect of trace-build: ${error.message}` },
      }),
  );
};
