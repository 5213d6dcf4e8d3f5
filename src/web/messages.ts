import type { Failure, Result } from '../core/failure.ts';
import type { RedactionOptions } from '../core/redaction/redactReport.ts';

/** What the page asks its worker for. */
export interface Question {
  readonly files?: readonly File[];
  /** The host the trace ran on; empty when not known. */
  readonly on: string;
  readonly against: readonly string[];
  readonly every: boolean;
  readonly paths: RedactionOptions['paths'];
}

export interface Outcome {
  /** Sections of the HTML report, escaped. */
  readonly sections: string;
  readonly headline: { readonly level: string; readonly text: string; readonly details: readonly string[] };
  readonly markdown: string;
  readonly html: string;
  readonly json: string;
  /** Profiles that were dropped: hosts to choose from. */
  readonly profiles: readonly string[];
  readonly hasTrace: boolean;
  /** What the manifest beside the trace says it ran on. */
  readonly on: string;
}

/** A log or a message, as it was pasted. */
export interface Pasted {
  readonly text: string;
  /** The host it is from; empty when not known. */
  readonly on: string;
  /** Width of the answer, in characters. */
  readonly columns: number;
}

/** What `trace-build why` says, as plain text. */
export interface Explained {
  readonly isRefused: boolean;
  readonly conclusion: string;
  /** Candidates and what to do; empty when there are none. */
  readonly rest: string;
}

export type Request =
  | { readonly kind: 'why'; readonly pasted: Pasted }
  | { readonly kind: 'judge'; readonly question: Question }
  | { readonly kind: 'redact'; readonly paths: RedactionOptions['paths'] };

export type Answer =
  | { readonly kind: 'progress'; readonly part: number; readonly what: string }
  | { readonly kind: 'outcome'; readonly outcome: Outcome }
  | { readonly kind: 'redacted'; readonly blob: Blob; readonly name: string }
  | { readonly kind: 'why'; readonly explained: Result<Explained> }
  | { readonly kind: 'failure'; readonly failure: Failure };

/** One sentence: where, what, and what to do. */
export function failureText({ what, where, hint }: Failure): string {
  const place = where?.file === undefined ? '' : `${where.file}${where.line ? `:${where.line}` : ''}: `;
  return `${place}${what}${hint ? `. ${hint}` : ''}`;
}
