import { DockerfileParser } from 'dockerfile-ast';
import { fail, ok, type Result } from '../../core/failure.ts';
import { buildArgument, type Flag, instructionText } from './dockerfileText.ts';

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
  readonly flags: readonly Flag[];
  /** Names that ARG declares above it in its stage, or in one that it is based on (the older builder forgets those). */
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

/** Reads a Dockerfile. `file` is named in failures; `buildArgs` (`NAME=value`) choose stages in `FROM ${NAME}`. */
export function parseDockerfile(
  text: string,
  file: string,
  buildArgs: readonly string[] = [],
): Result<Dockerfile> {
  const escapes = DockerfileParser.parse(text).getEscapeCharacter();
  // The parser takes a line that ends in two of them for a continued one; the builders do not.
  const parsed = DockerfileParser.parse(
    text.replace(escapes === '`' ? /``(?=[ \t\r]*$)/gm : /\\\\(?=[ \t\r]*$)/gm, '$&.'),
  );
  const source = { lines: text.split(/\r?\n/), escape: escapes };
  const given = new Map(buildArgs.map(buildArgument));
  const variables = new Map<string, string>();
  const stages: MutableStage[] = [];
  const steps: RunStep[] = [];
  for (const instruction of parsed.getInstructions()) {
    const keyword = instruction.getKeyword();
    const { start, end } = instruction.getRange();
    const { text: content, flags } = instructionText(source, start.line, end.line);
    const stage = stages.at(-1);
    if (keyword === 'FROM') {
      const base = stageNamed(stages, expand(unquoted(content.split(/\s/)[0]!), variables));
      stages.push({
        index: stages.length,
        name: /\sas\s+(\S+)\s*$/i.exec(content)?.[1],
        line: start.line + 1,
        endLine: end.line + 1,
        needs: base === undefined ? [] : [base.index],
        shell: base?.shell,
        args: [...(base?.args ?? [])],
      });
      continue;
    }
    const names = keyword === 'ARG' ? instruction.getArguments().map((one) => one.getValue()) : [];
    if (!stage) {
      for (const one of names) {
        const name = nameOf(one);
        variables.set(name, given.get(name) ?? expand(unquoted(one.slice(name.length + 1)), variables));
      }
      continue;
    }
    stage.endLine = end.line + 1;
    for (const from of flags.flatMap(sourceOf)) {
      const needed = stageNamed(stages, from);
      if (needed && !stage.needs.includes(needed.index)) stage.needs.push(needed.index);
    }
    stage.args.push(...names.map(nameOf));
    if (keyword === 'SHELL') stage.shell = jsonWords(content) ?? stage.shell;
    if (keyword === 'RUN') {
      steps.push({
        number: steps.length + 1,
        line: start.line + 1,
        endLine: end.line + 1,
        stage,
        text: content,
        exec: jsonWords(content),
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

/** Where the script of a step is in the image that it is executed in. */
export const SCRIPT_FOLDER = '/.trace-build';

/** What a step executes: its own words, or the shell with its text. */
export function commandOf(step: RunStep, imageShell: readonly string[]): readonly [string, ...string[]] {
  if (step.exec) return step.exec;
  const [program = '/bin/sh', ...rest] =
    step.shell ?? (imageShell.length > 0 ? imageShell : ['/bin/sh', '-c']);
  const script = scriptOf(step);
  if (script) return [program, ...rest, `${SCRIPT_FOLDER}/${script.name}`];
  return [program, ...rest, hereDocument(step)?.text ?? step.text];
}

/** A here-document that names an interpreter: the builder makes a file of it and has the shell execute that. */
export function scriptOf(step: RunStep): HereDocument | undefined {
  const found = hereDocument(step);
  // As it is written: a tab before it, also one that `<<-` takes away, makes it a comment for the shell.
  return step.text.split('\n')[1]?.startsWith('#!') ? found : undefined;
}

interface HereDocument {
  readonly name: string;
  readonly text: string;
}

/** `RUN <<EOF`: the lines are for the shell. More behind the name: a shell's own here-document, to be taken as it is. */
function hereDocument(step: RunStep): HereDocument | undefined {
  const [first = '', ...lines] = step.text.split('\n');
  const [, tabs, , name] = /^<<(-?)(["']?)(\w+)\2\s*$/.exec(first) ?? [];
  if (name === undefined) return undefined;
  const body = tabs ? lines.map((line) => line.replace(/^\t+/, '')) : lines;
  const end = body.indexOf(name);
  return { name, text: (end === -1 ? body : body.slice(0, end)).join('\n') };
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

const nameOf = (arg: string): string => arg.split('=')[0]!;

const unquoted = (text: string): string => text.replace(/^(["'])(.*)\1$/, '$2');

/** `$NAME`, `${NAME}`, `${NAME:-else}`: what people write in FROM. */
function expand(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replace(
    /\$(?:(\w+)|\{(\w+)(?::?-([^{}]*))?\})/g,
    (_, short: string | undefined, long: string, otherwise = '') => variables.get(short ?? long) || otherwise,
  );
}

/** `--from=STAGE`, and `from=STAGE` of a mount. */
function sourceOf({ name, value }: Flag): string[] {
  if (name === 'from') return [value];
  const from = /(?:^|,)from=([^,]+)/.exec(value)?.[1];
  return name === 'mount' && from !== undefined ? [from] : [];
}

/** The words of an instruction in JSON form, as the builders read it: not JSON means shell form. */
function jsonWords(content: string): readonly [string, ...string[]] | undefined {
  try {
    const list: unknown = JSON.parse(content);
    if (!Array.isArray(list) || list.length === 0) return undefined;
    return list.every((word) => typeof word === 'string') ? (list as [string, ...string[]]) : undefined;
  } catch {
    return undefined;
  }
}
