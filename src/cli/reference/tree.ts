import type { Command } from 'commander';
import { type Example, examplesOf } from '../examples.ts';

export interface ReferenceOption {
  readonly short: string | undefined;
  readonly long: string | undefined;
  /** `FILE`, `HOST` …; undefined for a switch. */
  readonly value: string | undefined;
  readonly optionalValue: boolean;
  readonly description: string;
  readonly choices: readonly string[];
  readonly defaultText: string | undefined;
}

export interface ReferenceArgument {
  readonly name: string;
  readonly required: boolean;
  readonly variadic: boolean;
  readonly description: string;
  readonly choices: readonly string[];
}

export interface ReferenceCommand {
  readonly name: string;
  readonly summary: string;
  readonly usage: string;
  readonly options: readonly ReferenceOption[];
  readonly arguments: readonly ReferenceArgument[];
  readonly examples: readonly Example[];
  readonly commands: readonly ReferenceCommand[];
}

/** What `--help` knows of a command, as data: the man page and the completions are made from it. */
export function referenceOf(command: Command): ReferenceCommand {
  return {
    name: command.name(),
    summary: command.description(),
    usage: command.usage(),
    options: command.options
      .filter(({ hidden }) => !hidden)
      .map((option) => ({
        short: option.short,
        long: option.long,
        value: /[<[]([^>\]]+)[>\]]/.exec(option.flags)?.[1]?.replace(/\.\.\.$/, ''),
        optionalValue: option.optional,
        description: option.description,
        choices: option.argChoices ?? [],
        defaultText:
          option.defaultValueDescription ??
          (['string', 'number'].includes(typeof option.defaultValue)
            ? String(option.defaultValue)
            : undefined),
      })),
    arguments: command.registeredArguments.map((argument) => ({
      name: argument.name(),
      required: argument.required,
      variadic: argument.variadic,
      description: argument.description,
      choices: argument.argChoices ?? [],
    })),
    examples: examplesOf(command),
    commands: command.commands.map(referenceOf),
  };
}
