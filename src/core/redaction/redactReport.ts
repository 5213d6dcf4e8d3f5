import type { Denial, Occurrence } from '../documents/denial.ts';
import type { HostBlocked, Report } from '../documents/report.ts';
import type { HostIdentity } from '../hosts/host.ts';
import type { FirstSeen } from '../strace/grammar/event.ts';
import { makeRedactor, type RedactOptions, type Redactor } from './redact.ts';
import { NameFinder } from './redactNames.ts';

export type RedactionOptions = RedactOptions & Required<Pick<RedactOptions, 'paths'>>;

/**
 * The report without contents, environment, secrets, user and host names, home folders and addresses. Everything in it
 * that a trace, a manifest or a user can have written is gone through twice: names are learned first, then hidden
 * everywhere.
 */
export function redactReport(report: Report, options: RedactionOptions): Report {
  const names = new NameFinder();
  const learn = (text: string): string => {
    names.add(text);
    return text;
  };
  walk(report, {
    text: learn,
    line: learn,
    command: learn,
    call: (_, args) => learn(args),
    words(words) {
      names.addCommand(words);
      return [...words];
    },
  });
  const redactor = makeRedactor({
    ...options,
    users: [...(options.users ?? []), ...names.found.users],
    hosts: [...(options.hosts ?? []), ...names.found.hosts],
  });
  const shown = walk(report, redactor);
  // How to run it again is a command like the others, of which nothing would be left.
  const { reproduce, ...rest } = shown;
  return {
    ...rest,
    ...(reproduce === undefined || options.strict ? {} : { reproduce }),
    redacted: { paths: options.paths },
  };
}

function walk(report: Report, hand: Redactor): Report {
  const { text, line, command, words } = hand;
  return {
    ...report,
    ...(report.command ? { command: words(report.command) } : {}),
    ...(report.host ? { host: walkHost(report.host, hand) } : {}),
    ...(report.engine
      ? {
          engine: {
            ...report.engine,
            ...(report.engine.why === undefined ? {} : { why: text(report.engine.why) }),
          },
        }
      : {}),
    traces: report.traces.map((trace) => ({
      ...trace,
      file: text(trace.file),
      unparsedSamples: trace.unparsedSamples.map((sample) => ({ ...sample, text: line(sample.text) })),
    })),
    denials: report.denials.map((denial) => walkDenial(denial, hand)),
    hosts: report.hosts.map(
      ({ host, blocked, ...more }): HostBlocked => ({
        ...more,
        host: walkHost(host, hand),
        blocked: blocked.map((denial) => walkDenial(denial, hand)),
      }),
    ),
    ...(report.fix?.proof
      ? {
          fix: {
            ...report.fix,
            proof: report.fix.proof.map((run) => ({ ...run, change: command(run.change) })),
          },
        }
      : {}),
    environment: report.environment.map(({ name, value }) => ({ name, value: text(value) })),
    ...(report.reproduce === undefined ? {} : { reproduce: command(report.reproduce) }),
    excerpts: report.excerpts.map(({ file, from, lines }) => ({
      file: text(file),
      from,
      lines: lines.map(line),
    })),
    notes: report.notes.map(text),
    ...(report.timeline
      ? {
          timeline: {
            ...report.timeline,
            processes: report.timeline.processes.map((process) => ({
              ...process,
              ...(process.command === undefined ? {} : { command: command(process.command) }),
              ...(process.file === undefined ? {} : { file: text(process.file) }),
            })),
          },
        }
      : {}),
  };
}

function walkHost(host: HostIdentity, { text }: Redactor): HostIdentity {
  // A list of versions can look like an address; only the path of a profile is anybody's own.
  const expression = host.expression.includes('profile:') ? text(host.expression) : host.expression;
  return { ...host, expression, notes: host.notes.map(text) };
}

function walkDenial(denial: Denial, hand: Redactor): Denial {
  const { text, call } = hand;
  return {
    ...denial,
    reason: walkData(denial.reason, text),
    ...(denial.evidence === undefined ? {} : { evidence: text(denial.evidence) }),
    ...(denial.fallback == null ? {} : { fallback: text(denial.fallback) }),
    ...(denial.followed === undefined ? {} : { followed: text(denial.followed) }),
    sample: call(denial.syscall, denial.sample),
    first: walkFirst(denial.first, hand),
    ...(denial.after
      ? {
          after: {
            ...denial.after,
            shown: walkOccurrence(denial.after.shown, hand),
          },
        }
      : {}),
  };
}

/** Without what the program wrote: that is content. */
function walkOccurrence({ said: _, ...shown }: Occurrence, hand: Redactor): Occurrence {
  return { ...shown, at: walkFirst(shown.at, hand) };
}

/** Data with `show` applied to every text in it that has a path or an address in it. */
function walkData<Data>(data: Data, show: (text: string) => string): Data {
  if (typeof data === 'string') return (/[/@]/.test(data) ? show(data) : data) as Data;
  if (Array.isArray(data)) return data.map((item) => walkData(item, show)) as Data;
  if (typeof data !== 'object' || data === null) return data;
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => [name, walkData(value, show)]),
  ) as Data;
}

function walkFirst(first: FirstSeen, { text, command }: Redactor): FirstSeen {
  return {
    ...first,
    ...(first.file === undefined ? {} : { file: text(first.file) }),
    ...(first.command === undefined ? {} : { command: command(first.command) }),
  };
}
