import type { HostIdentity } from './hosts/host.ts';
import { NameFinder } from './redactNames.ts';
import type { Denial, HostBlocked, Report } from './report.ts';
import type { FirstSeen } from './trace/event.ts';
import { makeRedactor, type PathStyle, type Redactor } from './trace/redact.ts';
import { announcesSecret, SECRET } from './trace/secrets.ts';

export interface RedactionOptions {
  readonly paths: PathStyle;
  /** Working folder, for relative paths. */
  readonly cwd?: string;
  /** Names known from outside: of this machine, or found in the whole trace. */
  readonly users?: readonly string[];
  readonly homes?: readonly string[];
  readonly hosts?: readonly string[];
  readonly salt?: string;
}

/** How a report is walked: what each kind of text becomes. */
interface Hand {
  readonly text: (text: string) => string;
  readonly line: (text: string) => string;
  readonly command: (text: string) => string;
  /** A word that is nothing but a secret. */
  readonly secret: (word: string) => string;
}

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
  walk(report, { text: learn, line: learn, command: learn, secret: learn });
  const redactor = makeRedactor({
    ...options,
    users: [...(options.users ?? []), ...names.found.users],
    hosts: [...(options.hosts ?? []), ...names.found.hosts],
  });
  const shown = walk(report, {
    text: redactor.text,
    line: redactor.line,
    command: (text) => redactCommand(text, redactor),
    secret: () => SECRET,
  });
  return { ...shown, redacted: { paths: options.paths } };
}

/** A command line: `--password WORD` hides the next word too. */
function redactCommand(command: string, { text }: Redactor): string {
  let secretNext = false;
  const words = command.replace(/'[^']*'|"(?:[^"\\]|\\.)*"|[^\s'"]+/g, (word) => {
    const bare = word.replace(/^['"]|['"]$/g, '');
    if (secretNext && !bare.startsWith('-')) {
      secretNext = false;
      return SECRET;
    }
    secretNext = announcesSecret(bare) || /^(?:-u|--user|--proxy-user)$/.test(bare);
    return word;
  });
  return text(words);
}

function walk(report: Report, hand: Hand): Report {
  const { text, line, command } = hand;
  return {
    ...report,
    ...(report.command ? { command: walkWords(report.command, hand) } : {}),
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

/** Word by word, because a word after `--password` is whole whatever is in it. */
function walkWords(words: readonly string[], { command, secret }: Hand): readonly string[] {
  let secretNext = false;
  return words.map((word) => {
    const whole = secretNext && !word.startsWith('-');
    secretNext = announcesSecret(word) || /^(?:-u|--user|--proxy-user)$/.test(word);
    return whole ? secret(word) : command(word);
  });
}

function walkHost(host: HostIdentity, { text }: Hand): HostIdentity {
  // A list of versions can look like an address; only the path of a profile is anybody's own.
  const expression = host.expression.includes('profile:') ? text(host.expression) : host.expression;
  return { ...host, expression, notes: host.notes.map(text) };
}

function walkDenial(denial: Denial, hand: Hand): Denial {
  const { text, line } = hand;
  const call = line(`${denial.syscall}(${denial.sample}) = 0`);
  const head = denial.syscall.length + 1;
  return {
    ...denial,
    evidence: text(denial.evidence),
    sample: call.endsWith(') = 0') ? call.slice(head, -') = 0'.length) : text(denial.sample),
    first: walkFirst(denial.first, hand),
    ...(denial.fallback === undefined ? {} : { fallback: text(denial.fallback) }),
    ...(denial.after
      ? {
          after: {
            ...denial.after,
            shown: { ...denial.after.shown, at: walkFirst(denial.after.shown.at, hand) },
          },
        }
      : {}),
  };
}

function walkFirst(first: FirstSeen, { text, command }: Hand): FirstSeen {
  return {
    ...first,
    ...(first.file === undefined ? {} : { file: text(first.file) }),
    ...(first.command === undefined ? {} : { command: command(first.command) }),
  };
}
