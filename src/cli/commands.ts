import type { CommandModule } from './binding.ts';

export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  /** Describes all commands, so all are loaded for it. */
  readonly whole?: true;
  /** Loaded only when this command is used or all help is made: starting must stay cheap. */
  load(): Promise<CommandModule>;
}

/** Every subcommand, in the order of the help text. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'run',
    summary: 'trace a command and report which syscalls were refused, and why',
    load: () => import('./commands/run.ts'),
  },
  {
    name: 'watch',
    summary: 'which syscalls a running process or container is refused, as the kernel sees it',
    load: () => import('./commands/watch.ts'),
  },
  {
    name: 'minimize',
    summary: 'the smallest change to the profile that makes a command pass, proven by running it',
    load: () => import('./commands/minimize.ts'),
  },
  {
    name: 'replay',
    summary: 'check recorded traces against hosts, offline',
    load: () => import('./commands/replay.ts'),
  },
  {
    name: 'check',
    summary: 'check recorded fixtures and report which verdicts changed',
    load: () => import('./commands/check.ts'),
  },
  {
    name: 'infer',
    summary: 'which hosts could have produced a trace',
    load: () => import('./commands/infer.ts'),
  },
  {
    name: 'bisect',
    summary: 'which version or part of a host made the difference to another one',
    load: () => import('./commands/bisect.ts'),
  },
  {
    name: 'dockerfile',
    summary: 'trace the RUN step of a Dockerfile that fails',
    load: () => import('./commands/dockerfile.ts'),
  },
  {
    name: 'why',
    summary: 'what a build log or one line of error says: likely syscalls, hosts, fixes',
    load: () => import('./commands/why.ts'),
  },
  {
    name: 'explain',
    summary: 'what a syscall is, who allows it and what to do; or what a host refuses',
    load: () => import('./commands/explain.ts'),
  },
  {
    name: 'profile',
    summary: 'show, compare, compile, read and ask seccomp profiles and filters',
    load: () => import('./commands/profile.ts'),
  },
  {
    name: 'doctor',
    summary: 'what this machine can do, what is missing, and the command that adds it',
    load: () => import('./commands/doctor.ts'),
  },
  {
    name: 'report',
    summary: 'a report of a trace or result: Markdown for an issue, HTML, JSON, SARIF, JUnit, text',
    load: () => import('./commands/report.ts'),
  },
  {
    name: 'redact',
    summary: 'a trace that is safe to attach to a public issue',
    load: () => import('./commands/redact.ts'),
  },
  {
    name: 'page',
    summary: 'open or write the page that does replay, report and why in a browser, offline',
    load: () => import('./commands/page.ts'),
  },
  {
    name: 'completion',
    summary: 'print a completion script for bash, zsh or fish',
    whole: true,
    load: () => import('./commands/completion.ts'),
  },
  {
    name: 'man',
    summary: 'print the manual page',
    whole: true,
    load: () => import('./commands/man.ts'),
  },
];
