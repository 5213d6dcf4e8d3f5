import type { ReferenceArgument, ReferenceCommand, ReferenceOption } from './tree.ts';

/** Text in roff: no character is a request or an escape. */
function roff(text: string): string {
  return text
    .replace(/\\/g, '\\e')
    .replace(/-/g, '\\-')
    .replace(/'/g, '\\(aq')
    .replace(/`/g, '\\(ga')
    .replace(/\^/g, '\\(ha')
    .replace(/~/g, '\\(ti')
    .replace(/[\u0080-\uffff]/g, (c) => `\\[u${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}]`)
    .split('\n')
    .map((line) => line.replace(/^[.]/, '\\&.'))
    .join('\n');
}

const bold = (text: string): string => `\\fB${roff(text)}\\fR`;
const italic = (text: string): string => `\\fI${roff(text)}\\fR`;

function optionHead(option: ReferenceOption): string {
  const names = [option.short, option.long]
    .filter((name) => name !== undefined)
    .map(bold)
    .join(', ');
  if (option.value === undefined) return names;
  return option.optionalValue ? `${names}[=${italic(option.value)}]` : `${names} ${italic(option.value)}`;
}

function argumentHead({ name, required, variadic }: ReferenceArgument): string {
  const text = `${italic(name)}${variadic ? ' ...' : ''}`;
  return required ? text : `[${text}]`;
}

function optionLines(options: readonly ReferenceOption[]): readonly string[] {
  return options.flatMap((option) => {
    const more = [
      option.choices.length > 0 ? `One of ${option.choices.join(', ')}.` : '',
      option.defaultText === undefined ? '' : `Default: ${option.defaultText}.`,
    ].filter((text) => text !== '');
    return [
      '.TP',
      optionHead(option),
      roff([option.description, ...more].join('. ').replace(/\.\. /g, '. ')),
    ];
  });
}

function commandLines(command: ReferenceCommand, prefix: string): readonly string[] {
  const name = `${prefix} ${command.name}`;
  const out = [
    `.SS ${roff(name)}`,
    `.B ${roff(name)}`,
    [...(command.options.length > 0 ? ['[options]'] : []), ...command.arguments.map(argumentHead)].join(' '),
    '.PP',
    roff(`${command.summary.charAt(0).toUpperCase()}${command.summary.slice(1)}.`.replace(/\.\.$/, '.')),
    ...command.arguments
      .filter(({ description }) => description !== '')
      .flatMap((argument) => ['.TP', argumentHead(argument), roff(argument.description)]),
    ...optionLines(command.options),
    ...exampleLines(command),
  ].filter((line) => line !== '');
  return [...out, ...command.commands.flatMap((child) => commandLines(child, name))];
}

function exampleLines({ examples }: ReferenceCommand): readonly string[] {
  return examples.flatMap(([line, what]) => [
    '.PP',
    roff(`${what.charAt(0).toUpperCase()}${what.slice(1)}:`),
    '.PP',
    '.RS 4',
    '.nf',
    bold(line),
    '.fi',
    '.RE',
  ]);
}

/** trace-build(1), from what `--help` prints. */
export function manPage(program: ReferenceCommand, version: string): string {
  const lines = [
    `.TH "${program.name.toUpperCase().replace(/-/g, '\\-')}" "1" "" "trace\\-build ${roff(version)}" "User Commands"`,
    '.SH NAME',
    `${roff(program.name)} \\- ${roff(program.summary.replace(/\.$/, ''))}`,
    '.SH SYNOPSIS',
    `.B ${roff(program.name)}`,
    `[run] [options] \\-\\- ${italic('command')} ...`,
    '.br',
    `.B ${roff(program.name)}`,
    `${italic('subcommand')} [options] ${italic('argument')} ...`,
    '.SH DESCRIPTION',
    'A build that works on one machine fails in a container because its seccomp filter, its runtime or its kernel refuses a syscall.',
    'This program traces the build, says which refusals matter and why, and gives the smallest change to the profile that makes it work.',
    ...(program.examples.length > 0 ? ['.SH EXAMPLES', ...exampleLines(program)] : []),
    '.SH HOSTS',
    `A ${italic('HOST')} is written ${bold('docker@20.10.5')}, ${bold('buildkit@0.12.3')}, ${bold('podman@4.3.1')}, ${bold('containerd@1.6.20')}, ${bold('crio@1.29')}, ${bold('gvisor@20240101')}, ${bold('kernel@5.4')} (no filter, an old kernel), ${bold('unconfined')}, ${bold('profile:./my.json')} or ${bold('spec-proposal')}, each with optional refinements: ${bold('docker@20.10.5,libseccomp=2.4.1,runc=1.0.0-rc92,kernel=5.4,arch=arm,cap=SYS_ADMIN')}.`,
    '.SH OPTIONS',
    ...optionLines(program.options),
    '.SH COMMANDS',
    ...program.commands.flatMap((command) => commandLines(command, program.name)),
    '.SH EXIT STATUS',
    ...[
      ['0', 'No finding.'],
      ['1', 'Findings: refused calls that matter, a fixture that got worse.'],
      ['2', 'A usage error, or input that cannot be read.'],
      ['3', 'Could not decide: the baseline fails, an engine is missing, an experiment gave no answer.'],
    ].flatMap(([status, what]) => ['.TP', bold(status!), roff(what!)]),
    '.SH SEE ALSO',
    '.BR strace (1),',
    '.BR bwrap (1),',
    '.BR seccomp (2)',
  ];
  return `${lines.join('\n')}\n`;
}
