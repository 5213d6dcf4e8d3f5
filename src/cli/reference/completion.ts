import type { ReferenceCommand, ReferenceOption } from './tree.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** How a HOST can begin: what ends in `@` goes on with the versions of `hosts`. */
function hostWords(hosts: readonly string[]): readonly string[] {
  const engines = hosts.map((host) => host.replace(/@.*/, '@'));
  return [...new Set([...engines, 'unconfined', 'profile:'])];
}

/** A command by the words that name it: `run`, `profile/show`. */
function paths(program: ReferenceCommand): readonly (readonly [path: string, command: ReferenceCommand])[] {
  return program.commands.flatMap((command) => [
    [command.name, command] as const,
    ...command.commands.map((under) => [`${command.name}/${under.name}`, under] as const),
  ]);
}

const flagsOf = (option: ReferenceOption): readonly string[] =>
  [option.short, option.long].filter((name) => name !== undefined);
const isHost = (value: string | undefined): boolean => value !== undefined && /host/i.test(value);
const isFolder = (value: string | undefined): boolean => value !== undefined && /dir|folder/i.test(value);

/** Options by what completes their value. */
function valueKind(option: ReferenceOption): 'none' | 'host' | 'choices' | 'folder' | 'file' {
  if (option.value === undefined) return 'none';
  if (option.choices.length > 0) return 'choices';
  if (isHost(option.value)) return 'host';
  return isFolder(option.value) ? 'folder' : 'file';
}

/** What an operand can be, as its name says: `syscall|host`. Others are files. */
function operandKinds({ arguments: operands }: ReferenceCommand) {
  const named = operands.map(({ name }) => name).join(' ');
  return {
    syscalls: /syscall/.test(named),
    hosts: /host/.test(named),
    files: !/^\S*(?:syscall|host)\S*$/.test(named) || /file/.test(named),
  };
}

/** A word for a single-quoted string of a POSIX shell. */
const quoted = (text: string): string => `'${text.replace(/'/g, `'\\''`)}'`;

function bash(program: ReferenceCommand, { hosts, syscalls }: CompletionNames): string {
  const all = paths(program);
  const nested = all.map(([path]) => path).filter((path) => path.includes('/'));
  const cases = all.map(([path, command]) => {
    const values = command.options
      .filter((option) => valueKind(option) !== 'none')
      .map((option) => {
        const kind = valueKind(option);
        const reply =
          kind === 'choices'
            ? `COMPREPLY=($(compgen -W ${quoted(option.choices.join(' '))} -- "$current"))`
            : kind === 'host'
              ? '_trace_build_hosts'
              : `COMPREPLY=($(compgen -${kind === 'folder' ? 'd' : 'f'} -- "$current"))`;
        return `        ${flagsOf(option).join('|')}) ${reply}; return ;;`;
      });
    const words = [
      ...command.options.map(({ long, short }) => long ?? short ?? ''),
      '--help',
      ...command.commands.map(({ name }) => name),
      ...command.arguments.flatMap(({ choices }) => choices),
    ].join(' ');
    const operands = operandKinds(command);
    const kinds = [
      ...(operands.hosts ? ['hosts'] : []),
      ...(operands.syscalls ? ['syscalls'] : []),
      ...(operands.files ? [] : ['only']),
    ];
    return [
      `    ${path})`,
      ...(values.length > 0 ? ['      case "$previous" in', ...values, '      esac'] : []),
      `      words=${quoted(words)}${kinds.length > 0 ? ` operands=${quoted(kinds.join(' '))}` : ''} ;;`,
    ].join('\n');
  });
  return `# bash completion for trace-build; put it into ~/.bashrc: eval "$(trace-build completion bash)"
_trace_build_hosts() {
  local words=${quoted(hostWords(hosts).join(' '))}
  [[ "$word" == *@* ]] && words=${quoted(hosts.join(' '))}
  COMPREPLY=($(compgen -W "$words" -- "$word"))
  case "\${COMPREPLY[0]-}" in *[@:]) compopt -o nospace 2>/dev/null ;; esac
  # bash replaces only what stands behind the last @ or :.
  COMPREPLY=("\${COMPREPLY[@]#"\${word%"\${word##*[@:]}"}"}")
}
_trace_build() {
  local current previous word before words operands command=run at
  COMPREPLY=()
  # Not $2: the current word starts anew after @ and : there.
  current="\${COMP_WORDS[COMP_CWORD]}"
  previous="\${COMP_WORDS[COMP_CWORD-1]}"
  # bash splits words at @, : and =; a host is one word.
  before="\${COMP_LINE:0:COMP_POINT}"
  word="\${before##*[[:space:]]}"
  if [[ "$word" == *[@:=]* ]]; then
    before="\${before:0:\${#before}-\${#word}}"
    before="\${before%"\${before##*[![:space:]]}"}"
    previous="\${before##*[[:space:]]}"
    if [[ "$word" == --*=* ]]; then
      previous="\${word%%=*}"
      word="\${word#*=}"
    fi
  fi
  for ((at = 1; at < COMP_CWORD; at++)); do
    if [[ "\${COMP_WORDS[at]}" == -- ]]; then
      if ((at == COMP_CWORD - 1)); then COMPREPLY=($(compgen -c -- "$current")); else COMPREPLY=($(compgen -f -- "$current")); fi
      return
    fi
  done
  if ((COMP_CWORD > 1)); then
    command="\${COMP_WORDS[1]}"
    [[ "$command" == -* ]] && command=run
    case "$command/\${COMP_WORDS[2]}" in
      ${nested.join('|')}) ((COMP_CWORD > 2)) && command="$command/\${COMP_WORDS[2]}" ;;
    esac
  fi
  case "$command" in
${cases.join('\n')}
  esac
  if ((COMP_CWORD == 1)) && [[ "$current" != -* ]]; then
    COMPREPLY=($(compgen -W ${quoted(program.commands.map(({ name }) => name).join(' '))} -- "$current"))
    return
  fi
  if [[ -n "$operands" && "$current" != -* ]]; then
    [[ "$operands" == *hosts* ]] && _trace_build_hosts
    [[ "$operands" == *syscalls* && "$word" != *[@:=]* ]] && COMPREPLY+=($(compgen -W ${quoted(syscalls.join(' '))} -- "$word"))
    [[ "$operands" == *only* ]] || COMPREPLY+=($(compgen -W "$words" -- "$current") $(compgen -f -- "$current"))
  elif [[ "$current" == -* || -z "$current" ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
    [[ -z "$current" ]] && COMPREPLY+=($(compgen -f))
  else
    COMPREPLY=($(compgen -W "$words" -- "$current") $(compgen -f -- "$current"))
  fi
}
complete -o filenames -F _trace_build trace-build
`;
}

function zsh(program: ReferenceCommand, { hosts, syscalls }: CompletionNames): string {
  const text = (value: string): string => value.replace(/[\\[\]:]/g, (c) => `\\${c}`);
  const action = (option: ReferenceOption): string => {
    switch (valueKind(option)) {
      case 'none':
        return '';
      case 'choices':
        return `:${text(option.value!)}:(${option.choices.map((choice) => choice.replace(/[\s()]/g, '\\$&')).join(' ')})`;
      case 'host':
        return `:${text(option.value!)}:_trace_build_hosts`;
      case 'folder':
        return `:${text(option.value!)}:_files -/`;
      case 'file':
        return `:${text(option.value!)}:_files`;
    }
  };
  const specs = (command: ReferenceCommand): readonly string[] => [
    ...command.options.flatMap((option) =>
      flagsOf(option).map((name) => `${quoted(`*${name}[${text(option.description)}]${action(option)}`)}`),
    ),
    quoted('(- *)--help[show the help]'),
    ...(command.arguments.some(({ choices }) => choices.length > 0)
      ? command.arguments.map(({ name, choices }) => quoted(`:${text(name)}:(${choices.join(' ')})`))
      : command.commands.length > 0
        ? [
            quoted(`:command:(${command.commands.map(({ name }) => name).join(' ')})`),
            quoted('*:file:_files'),
          ]
        : [quoted(`*:${operandAction(command)}`)]),
  ];
  const operandAction = (command: ReferenceCommand): string => {
    const kinds = operandKinds(command);
    const ways = [
      ...(kinds.hosts ? ['hosts:host:_trace_build_hosts'] : []),
      ...(kinds.syscalls ? ['syscalls:syscall:_trace_build_syscalls'] : []),
      ...(kinds.files ? ['files:file:_files'] : []),
    ];
    return kinds.hosts || kinds.syscalls
      ? `operand:_alternative ${ways.map((way) => `"${way}"`).join(' ')}`
      : 'file:_files';
  };
  const all = paths(program);
  const nested = all.map(([path]) => path).filter((path) => path.includes('/'));
  return `#compdef trace-build
# zsh completion for trace-build; put it into ~/.zshrc after compinit: eval "$(trace-build completion zsh)"
_trace_build_hosts() {
  if [[ $PREFIX == *@* ]]; then
    compadd -- ${hosts.join(' ')}
    return
  fi
  compadd -S '' -- ${hostWords(hosts)
    .filter((word) => /[@:]$/.test(word))
    .join(' ')}
  compadd -- ${hostWords(hosts)
    .filter((word) => !/[@:]$/.test(word))
    .join(' ')}
}
_trace_build_syscalls() {
  compadd -- ${syscalls.join(' ')}
}
_trace_build() {
  local curcontext="$curcontext" dashes=\${words[(i)--]}
  if (( dashes < CURRENT )); then
    shift dashes words
    (( CURRENT -= dashes ))
    _normal
    return
  fi
  if (( CURRENT == 2 )) && [[ $PREFIX != -* ]]; then
    local -a commands=(
${program.commands.map(({ name, summary }) => `      ${quoted(`${name}:${text(summary)}`)}`).join('\n')}
    )
    _describe command commands
    return
  fi
  local command=\${words[2]}
  if [[ $command == -* ]]; then command=run; else shift words; (( CURRENT-- )); fi
  case $command/\${words[2]} in
    ${nested.join('|')}) if (( CURRENT > 2 )); then command+=/\${words[2]}; shift words; (( CURRENT-- )); fi ;;
  esac
  case $command in
${all.map(([path, command]) => `    ${path}) _arguments -s ${specs(command).join(' ')} ;;`).join('\n')}
  esac
}
if [[ $funcstack[1] == _trace_build ]]; then _trace_build "$@"; else compdef _trace_build trace-build; fi
`;
}

function fish(program: ReferenceCommand, { hosts, syscalls }: CompletionNames): string {
  const text = (value: string): string => `'${value.replace(/[\\']/g, (c) => `\\${c}`)}'`;
  const lines = [
    '# fish completion for trace-build; save it: trace-build completion fish > ~/.config/fish/completions/trace-build.fish',
    'function __trace_build_hosts',
    '  if string match -q "*@*" -- (commandline -ct)',
    `    printf '%s\\n' ${hosts.join(' ')}`,
    '  else',
    `    printf '%s\\n' ${hostWords(hosts).join(' ')}`,
    '  end',
    'end',
    'function __trace_build_syscalls',
    `  printf '%s\\n' ${syscalls.join(' ')}`,
    'end',
    '# Behind --: another command, with its own completion.',
    'function __trace_build_traced',
    '  contains -- -- (commandline -opc)',
    'end',
    'function __trace_build_command',
    '  set -l words (commandline -opc)',
    '  set -e words[1..(contains -i -- -- $words)]',
    "  complete -C (string join ' ' -- (string escape -- $words) (commandline -ct))",
    'end',
    'function __trace_build_none',
    '  set -l words (commandline -opc)',
    '  not set -q words[2]',
    'end',
    '# Whether the words before are those of a command; run also goes without its name.',
    'function __trace_build_in',
    '  __trace_build_traced; and return 1',
    '  set -l words (commandline -opc)',
    "  if not set -q words[2]; or string match -q -- '-*' $words[2]",
    '    test "$argv" = run',
    '  else',
    '    set -l last (math 1 + (count $argv))',
    '    test "$argv" = "$words[2..$last]"',
    '  end',
    'end',
    "complete -c trace-build -n __trace_build_traced -x -a '(__trace_build_command)'",
    ...program.commands.map(
      ({ name, summary }) =>
        `complete -c trace-build -n __trace_build_none -f -a ${text(name)} -d ${text(summary)}`,
    ),
  ];
  for (const [path, command] of paths(program)) {
    const seen = `-n ${text(`__trace_build_in ${path.replace('/', ' ')}`)}`;
    for (const option of command.options) {
      const parts = [
        option.short ? `-s ${option.short.replace(/^-/, '')}` : '',
        option.long ? `-l ${option.long.replace(/^--/, '')}` : '',
      ];
      const kind = valueKind(option);
      if (kind === 'choices') parts.push(`-x -a ${text(option.choices.join(' '))}`);
      else if (kind === 'host') parts.push(`-x -a '(__trace_build_hosts)'`);
      else if (kind === 'folder') parts.push(`-x -a '(__fish_complete_directories)'`);
      else if (kind === 'file') parts.push('-r');
      lines.push(
        `complete -c trace-build ${seen} ${parts.filter(Boolean).join(' ')} -d ${text(option.description)}`,
      );
    }
    const words = [
      ...command.arguments.flatMap(({ choices }) => choices),
      ...command.commands.map(({ name }) => name),
    ];
    const { syscalls: bySyscall, hosts: byHost, files } = operandKinds(command);
    const calls = [
      ...(byHost ? ['(__trace_build_hosts)'] : []),
      ...(bySyscall ? ['(__trace_build_syscalls)'] : []),
    ];
    if (calls.length > 0)
      lines.push(`complete -c trace-build ${seen}${files ? '' : ' -f'} -a ${text(calls.join(' '))}`);
    if (words.length > 0) lines.push(`complete -c trace-build ${seen} -f -a ${text(words.join(' '))}`);
  }
  return `${lines.join('\n')}\n`;
}

/** What is completed besides options: hosts as knownHosts gives them, syscalls as syscallNames. */
export interface CompletionNames {
  readonly hosts: readonly string[];
  readonly syscalls: readonly string[];
}

/** The completion script of a shell, from what `--help` knows. */
export function completionScript(program: ReferenceCommand, shell: Shell, names: CompletionNames): string {
  switch (shell) {
    case 'bash':
      return bash(program, names);
    case 'zsh':
      return zsh(program, names);
    case 'fish':
      return fish(program, names);
  }
}
