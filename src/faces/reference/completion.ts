import type { ReferenceCommand, ReferenceOption } from './tree.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** How a HOST can begin; what ends in `@`, `:` or `=` goes on. */
const HOST_WORDS = [
  'docker@',
  'buildkit@',
  'podman@',
  'containerd@',
  'crio@',
  'gvisor@',
  'kernel@',
  'unconfined',
  'profile:',
  'spec-proposal',
] as const;

const names = (option: ReferenceOption): readonly string[] =>
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

/** A word for a single-quoted string of a POSIX shell. */
const quoted = (text: string): string => `'${text.replace(/'/g, `'\\''`)}'`;

function bash(program: ReferenceCommand): string {
  const cases = program.commands.map((command) => {
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
        return `        ${names(option).join('|')}) ${reply}; return ;;`;
      });
    const words = [
      ...command.options.map(({ long, short }) => long ?? short ?? ''),
      '--help',
      ...command.commands.map(({ name }) => name),
      ...command.arguments.flatMap(({ choices }) => choices),
    ].join(' ');
    return [
      `    ${command.name})`,
      ...(values.length > 0 ? ['      case "$previous" in', ...values, '      esac'] : []),
      `      words=${quoted(words)} ;;`,
    ].join('\n');
  });
  return `# bash completion for trace-build; put it into ~/.bashrc: eval "$(trace-build completion bash)"
_trace_build_hosts() {
  COMPREPLY=($(compgen -W ${quoted(HOST_WORDS.join(' '))} -- "$current"))
  case "\${COMPREPLY[0]-}" in *[@:=]) compopt -o nospace 2>/dev/null ;; esac
}
_trace_build() {
  local current previous words command=run at
  COMPREPLY=()
  # Not $2: the current word starts anew after @ and : there.
  current="\${COMP_WORDS[COMP_CWORD]}"
  previous="\${COMP_WORDS[COMP_CWORD-1]}"
  for ((at = 1; at < COMP_CWORD; at++)); do
    if [[ "\${COMP_WORDS[at]}" == -- ]]; then
      if ((at == COMP_CWORD - 1)); then COMPREPLY=($(compgen -c -- "$current")); else COMPREPLY=($(compgen -f -- "$current")); fi
      return
    fi
  done
  if ((COMP_CWORD > 1)); then
    command="\${COMP_WORDS[1]}"
    [[ "$command" == -* ]] && command=run
  fi
  case "$command" in
${cases.join('\n')}
  esac
  if ((COMP_CWORD == 1)) && [[ "$current" != -* ]]; then
    COMPREPLY=($(compgen -W ${quoted(program.commands.map(({ name }) => name).join(' '))} -- "$current"))
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

function zsh(program: ReferenceCommand): string {
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
      names(option).map((name) => `${quoted(`*${name}[${text(option.description)}]${action(option)}`)}`),
    ),
    quoted('(- *)--help[show the help]'),
    ...(command.arguments.some(({ choices }) => choices.length > 0)
      ? command.arguments.map(({ name, choices }) => quoted(`:${text(name)}:(${choices.join(' ')})`))
      : command.commands.length > 0
        ? [
            quoted(`:command:(${command.commands.map(({ name }) => name).join(' ')})`),
            quoted('*:file:_files'),
          ]
        : [quoted('*:file:_files')]),
  ];
  return `#compdef trace-build
# zsh completion for trace-build; put it into ~/.zshrc after compinit: eval "$(trace-build completion zsh)"
_trace_build_hosts() {
  compadd -S '' -- ${HOST_WORDS.filter((word) => /[@:]$/.test(word)).join(' ')}
  compadd -- ${HOST_WORDS.filter((word) => !/[@:]$/.test(word)).join(' ')}
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
  case $command in
${program.commands.map((command) => `    ${command.name}) _arguments -s ${specs(command).join(' ')} ;;`).join('\n')}
  esac
}
if [[ $funcstack[1] == _trace_build ]]; then _trace_build "$@"; else compdef _trace_build trace-build; fi
`;
}

function fish(program: ReferenceCommand): string {
  const text = (value: string): string => `'${value.replace(/[\\']/g, (c) => `\\${c}`)}'`;
  const all = program.commands.map(({ name }) => name).join(' ');
  const lines = [
    '# fish completion for trace-build; save it: trace-build completion fish > ~/.config/fish/completions/trace-build.fish',
    ...program.commands.map(
      ({ name, summary }) =>
        `complete -c trace-build -n ${text(`not __fish_seen_subcommand_from ${all}`)} -f -a ${text(name)} -d ${text(summary)}`,
    ),
  ];
  for (const command of program.commands) {
    const seen = `-n ${text(`__fish_seen_subcommand_from ${command.name}`)}`;
    for (const option of command.options) {
      const parts = [
        option.short ? `-s ${option.short.replace(/^-/, '')}` : '',
        option.long ? `-l ${option.long.replace(/^--/, '')}` : '',
      ];
      const kind = valueKind(option);
      if (kind === 'choices') parts.push(`-x -a ${text(option.choices.join(' '))}`);
      else if (kind === 'host') parts.push(`-x -a ${text(HOST_WORDS.join(' '))}`);
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
    if (words.length > 0) lines.push(`complete -c trace-build ${seen} -f -a ${text(words.join(' '))}`);
  }
  return `${lines.join('\n')}\n`;
}

/** The completion script of a shell, from what `--help` knows. */
export function completionScript(program: ReferenceCommand, shell: Shell): string {
  switch (shell) {
    case 'bash':
      return bash(program);
    case 'zsh':
      return zsh(program);
    case 'fish':
      return fish(program);
  }
}
