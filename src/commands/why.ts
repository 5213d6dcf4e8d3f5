import { diagnose, type JudgedCandidate } from '../core/diagnosis/messages/diagnose.ts';
import { type Findings, MessageReader } from '../core/diagnosis/messages/reader.ts';
import type { WhyDocument } from '../core/documents/why.ts';
import type { HostModel } from '../core/hosts/host.ts';
import type { Surroundings } from '../core/hosts/resolve/surroundings.ts';

/** A log, or a message that somebody typed. */
export interface WhyInput {
  readonly name: string;
  readonly chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

export interface WhyOptions {
  /** Where the log is from, in place of what it says of its host itself. */
  readonly host?: HostModel;
}

/** Which refused syscalls a log or a message points to, and what to do. Reads the input once, in constant memory. */
export async function why(
  input: WhyInput,
  surroundings: Surroundings,
  options: WhyOptions = {},
): Promise<WhyDocument> {
  const reader = new MessageReader();
  for await (const chunk of input.chunks) reader.push(chunk);
  const findings = reader.end();
  const { candidates, conclusion, host, hostUnknown } = await diagnose(findings, surroundings, options.host);
  const { context, lines, bytes } = findings;
  return {
    schema: 'trace-build/why@1',
    input: { name: input.name, lines, bytes },
    conclusion,
    ...(host === undefined ? {} : { host }),
    ...(hostUnknown === undefined ? {} : { hostUnknown }),
    mentions: context.mentions.map((one) => ({ ...one })),
    killed: killedOf(findings),
    candidates: candidates.map((candidate) => documentOf(candidate, context.command)),
    causes: findings.causes.map(({ what, line, text, count }) => ({
      cause: what.cause,
      pattern: what.id,
      ...(what.source === undefined ? {} : { source: what.source }),
      line,
      text,
      count,
    })),
  };
}

/** Deaths by SIGSYS that no other line explains. */
function killedOf({ sightings }: Findings): WhyDocument['killed'] {
  const isNamed = sightings.some(({ what }) => what.kind !== 'killed' && what.kind !== 'trace');
  if (isNamed) return [];
  return sightings
    .filter(({ what }) => what.kind === 'killed')
    .map(({ line, text, count }) => ({ line, text, count }));
}

function documentOf(
  candidate: JudgedCandidate,
  command: string | undefined,
): WhyDocument['candidates'][number] {
  const { evidence, also, onHost, refused, fixed, advice, confirmOn, score: _, ...rest } = candidate;
  return {
    ...rest,
    evidence: evidence.map(({ distributions, ...one }) => ({
      ...one,
      ...(distributions ? { distributions: [...distributions] } : {}),
    })),
    also: [...also],
    ...(onHost ? { onHost: { ...onHost, assumed: [...onHost.assumed] } } : {}),
    refused: (refused ?? []).map((range) => ({ ...range })),
    fixed: (fixed ?? []).map((one) => ({ ...one })),
    advice: advice.map((one) => ({ ...one }) as WhyDocument['candidates'][number]['advice'][number]),
    ...(confirmOn === undefined
      ? {}
      : { confirm: { host: confirmOn, ...(command === undefined ? {} : { command }) } }),
  };
}
