import { DockerfileParser, type Instruction, type JSONInstruction } from 'dockerfile-ast';
import { fail, ok, type Result } from '../core/failure.ts';

/** One RUN instruction, as a builder would execute it. */
export interface RunStep {
  /** Among the RUN instructions of the file, from 1: what --step takes. */
  readonly number: number;
  /** First and last line of the instruction, from 1. */
  readonly line: number;
  readonly endLine: number;
  readonly stage: Stage;
  /** Without flags, on one line where it was continued. */
  readonly text: string;
  /** Exec form; undefined: the text is for the shell. */
  readonly exec: readonly [string, ...string[]] | undefined;
  /** The last SHELL above it in its stage or in one that it is based on; undefined: the image's own. */
  readonly shell: readonly string[] | undefined;
  readonly flags: readonly { readonly name: string; readonly value: string }[];
  /** Names that ARG declares above it in its stage. */
  readonly args: readonly string[];
}

export interface Stage {
  /** From 0, in the order of the file. */
  readonly index: number;
  readonly name: string | undefined;
  /** First line, from 1. */
  readonly line: number;
  /** Last line of its last instruction. */
  readonly endLine: number;
  /** Stages it needs: FROM, COPY --from, RUN --mount from=. */
  readonly needs: readonly number[];
}

export interface Dockerfile {
  readonly text: string;
  readonly stages: readonly Stage[];
  readonly steps: readonly RunStep[];
}

/** Reads a Dockerfile. `file` is named in failures. */
export function parseDockerfile(text: string, file: string): Result<Dockerfile> {
  const parsed = DockerfileParser.parse(text);
  const stages: MutableStage[] = [];
  const steps: RunStep[] = [];
  for (const instruction of parsed.getInstructions()) {
    const keyword = instruction.getKeyword();
    const { start, end } = instruction.getRange();
    const stage = stages.at(-1);
    if (keyword === 'FROM') {
      const base = stageNamed(stages, words(instruction)[0]);
      stages.push({
        index: stages.length,
        name: /\sas\s+(\S+)\s*$/i.exec(instruction.getArgumentsContent() ?? '')?.[1],
        line: start.line + 1,
        endLine: end.line + 1,
        needs: base === undefined ? [] : [base.index],
        shell: base?.shell,
        args: [],
      });
      continue;
    }
    if (!stage) continue; // ARG before the first FROM
    stage.endLine = end.line + 1;
    const flags = flagsOf(instruction);
    for (const from of flags.flatMap(sourceOf)) {
      const needed = stageNamed(stages, from);
      if (needed && !stage.needs.includes(needed.index)) stage.needs.push(needed.index);
    }
    if (keyword === 'ARG') stage.args.push(...argumentNames(instruction));
    if (keyword === 'SHELL') stage.shell = jsonWords(instruction) ?? stage.shell;
    if (keyword === 'RUN') {
      steps.push({
        number: steps.length + 1,
        line: start.line + 1,
        endLine: end.line + 1,
        stage,
        text: instruction.getArgumentsContent() ?? '',
        exec: jsonWords(instruction),
        shell: stage.shell,
        flags,
        args: [...stage.args],
      });
    }
  }
  if (stages.length === 0) {
    return fail('input', 'there is no FROM in it: is it a Dockerfile?', { where: { file } });
  }
  if (steps.length === 0) return fail('input', 'there is no RUN in it', { where: { file } });
  return ok({ text, stages, steps });
}

/** The steps that a build of `target` (a stage's name or number; undefined: the last) goes through, in the file's order. */
export function stepsFor(
  dockerfile: Dockerfile,
  target: string | undefined,
  file: string,
): Result<readonly RunStep[]> {
  const stage = target === undefined ? dockerfile.stages.at(-1)! : stageNamed(dockerfile.stages, target);
  if (!stage) {
    const names = dockerfile.stages.map(({ name, index }) => name ?? String(index)).join(', ');
    return fail('usage', `there is no stage '${target}'`, { where: { file }, hint: `its stages: ${names}` });
  }
  const needed = new Set([stage.index]);
  for (let index = stage.index; index >= 0; index--) {
    if (needed.has(index)) for (const one of dockerfile.stages[index]!.needs) needed.add(one);
  }
  return ok(dockerfile.steps.filter((step) => needed.has(step.stage.index)));
}

/** The file up to a line, with lines of ours behind it. */
export function cutDockerfile({ text }: Dockerfile, lines: number, more: readonly string[]): string {
  const kept = text.split(/\r?\n/).slice(0, lines);
  return `${[...kept, ...more].join('\n')}\n`;
}

/** What a step executes: its own words, or the shell with its text. */
export function commandOf(
  step: RunStep,
  imageShell: readonly string[],
): Result<readonly [string, ...string[]]> {
  if (step.exec) return ok(step.exec);
  const [program = '/bin/sh', ...rest] =
    step.shell ?? (imageShell.length > 0 ? imageShell : ['/bin/sh', '-c']);
  return step.text.startsWith('<<') ? heredoc(step, program, rest) : ok([program, ...rest, step.text]);
}

/** `RUN <<EOF`: the lines are the script. A first line `#!` would choose another interpreter. */
function heredoc(
  step: RunStep,
  program: string,
  rest: readonly string[],
): Result<readonly [string, ...string[]]> {
  const [first = '', ...lines] = step.text.split('\n');
  const name = /^<<(-?)(["']?)(\w+)\2\s*$/.exec(first);
  // More behind the name: a shell's own here-document, to be taken as it is.
  if (!name) return ok([program, ...rest, step.text]);
  const end = lines.findIndex((line) => (name[1] ? line.replace(/^\t+/, '') : line) === name[3]);
  const body = (end === -1 ? lines : lines.slice(0, end)).map((line) =>
    name[1] ? line.replace(/^\t+/, '') : line,
  );
  if (body[0]?.startsWith('#!')) {
    return fail(
      'input',
      `line ${step.line}: a here-document with an interpreter of its own is not supported`,
      {
        hint: 'write it as: RUN INTERPRETER <<EOF',
      },
    );
  }
  return ok([program, ...rest, body.join('\n')]);
}

interface MutableStage extends Stage {
  endLine: number;
  readonly needs: number[];
  shell: readonly string[] | undefined;
  readonly args: string[];
}

function stageNamed<S extends Stage>(stages: readonly S[], name: string | undefined): S | undefined {
  if (name === undefined) return undefined;
  return (
    stages.find((stage) => stage.name?.toLowerCase() === name.toLowerCase()) ??
    (/^\d+$/.test(name) ? stages[Number(name)] : undefined)
  );
}

function words(instruction: Instruction): string[] {
  return instruction.getArguments().map((argument) => argument.getValue());
}

function argumentNames(instruction: Instruction): string[] {
  return words(instruction).map((word) => word.split('=')[0]!);
}

function flagsOf(instruction: Instruction): { name: string; value: string }[] {
  if (!('getFlags' in instruction)) return [];
  return (instruction as JSONInstruction)
    .getFlags()
    .map((flag) => ({ name: flag.getName(), value: flag.getValue() ?? '' }));
}

/** `--from=STAGE`, and `from=STAGE` of a mount. */
function sourceOf({ name, value }: { name: string; value: string }): string[] {
  if (name === 'from') return [value];
  const from = /(?:^|,)from=([^,]+)/.exec(value)?.[1];
  return name === 'mount' && from !== undefined ? [from] : [];
}

/** The words of an instruction in JSON form, as the builders read it: not JSON means shell form. */
function jsonWords(instruction: Instruction): readonly [string, ...string[]] | undefined {
  try {
    const list: unknown = JSON.parse(instruction.getArgumentsContent() ?? '');
    if (!Array.isArray(list) || list.length === 0) return undefined;
    return list.every((word) => typeof word === 'string') ? (list as [string, ...string[]]) : undefined;
  } catch {
    return undefined;
  }
}
