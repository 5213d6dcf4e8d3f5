import { describe, expect, test } from 'vitest';
import {
  commandOf,
  cutDockerfile,
  type Dockerfile,
  parseDockerfile,
  scriptOf,
  stepsFor,
} from '../../src/io/dockerfile/dockerfile.ts';

function parsed(...lines: readonly string[]): Dockerfile {
  const result = parseDockerfile(lines.join('\n'), 'Dockerfile');
  if (!result.ok) throw new Error(result.failure.what);
  return result.value;
}

function command(dockerfile: Dockerfile, number: number): readonly string[] {
  return commandOf(dockerfile.steps[number - 1]!, ['/bin/image-shell', '-c']);
}

describe('a RUN step', () => {
  test('in shell form is joined over its continuations, without comments', () => {
    const file = parsed('FROM a', 'RUN echo one \\', '# remark', '  && echo two', 'RUN echo three');
    expect(command(file, 1)).toEqual(['/bin/image-shell', '-c', 'echo one   && echo two']);
    expect(file.steps.map(({ number, line, endLine }) => [number, line, endLine])).toEqual([
      [1, 2, 4],
      [2, 5, 5],
    ]);
  });

  test('may have indented comments, empty lines and another escape character within', () => {
    const backslash = parsed(
      'FROM a',
      'RUN --mount=type=tmpfs,target="/a b" \\',
      '    one \\',
      '  # indented \\',
      '',
      '\t# with a tab',
      '  && two "# three \\  ',
      '  four"',
      'RUN ["a", \\',
      '  # of b',
      '  "b"]',
    );
    expect(command(backslash, 1)[2]).toBe('one   && two "# three   four"');
    expect(backslash.steps[0]?.flags).toEqual([{ name: 'mount', value: 'type=tmpfs,target=/a b' }]);
    expect(command(backslash, 2)).toEqual(['a', 'b']);
    const backtick = parsed('# escape=`', 'FROM a', 'RUN dir C:\\ `', '  # indented', '  && echo\r', 'RUN x');
    expect(command(backtick, 1)[2]).toBe('dir C:\\   && echo');
  });

  test('ends where the line ends in two escape characters, as the builders have it', () => {
    const file = parsed(
      'FROM a',
      'RUN echo one \\\\ ',
      'ARG TWO=2\\\\',
      'RUN three\\\\\\',
      'RUN four \\',
      'five',
    );
    expect(file.steps.map(({ line, endLine, text }) => [line, endLine, text])).toEqual([
      [2, 2, 'echo one \\\\'],
      [4, 4, 'three\\\\\\'],
      [5, 6, 'four five'],
    ]);
    expect(file.steps[2]?.args).toEqual(['TWO']);
    const backtick = parsed('# escape=`', 'FROM a', 'RUN one ``\r', 'RUN two \\', 'RUN three');
    expect(backtick.steps.map(({ line }) => line)).toEqual([3, 4, 5]);
  });

  test('in exec form is taken word by word; what only looks like it is for the shell', () => {
    const file = parsed('FROM a', 'RUN ["echo", "a b"]', "RUN ['echo', 'a']", 'RUN [ -e /x ]');
    expect(command(file, 1)).toEqual(['echo', 'a b']);
    expect(command(file, 2)).toEqual(['/bin/image-shell', '-c', "['echo', 'a']"]);
    expect(command(file, 3)).toEqual(['/bin/image-shell', '-c', '[ -e /x ]']);
  });

  test('uses the SHELL of its stage, or of the stage that it is based on', () => {
    const file = parsed(
      'FROM a AS base',
      'SHELL ["/bin/bash", "-ec"]',
      'FROM base AS next',
      'RUN one',
      'SHELL ["/bin/sh", "-c"]',
      'RUN two',
      'FROM a',
      'RUN three',
    );
    expect([1, 2, 3].map((number) => command(file, number)[0])).toEqual([
      '/bin/bash',
      '/bin/sh',
      '/bin/image-shell',
    ]);
  });

  test('may be a here-document', () => {
    const file = parsed(
      'FROM a',
      'RUN --network=none <<-"EOF"',
      '\techo 1',
      'echo 2',
      'EOF',
      'RUN cat <<X',
      'x',
      'X',
    );
    expect(command(file, 1)).toEqual(['/bin/image-shell', '-c', 'echo 1\necho 2']);
    expect(file.steps[0]?.flags).toEqual([{ name: 'network', value: 'none' }]);
    expect(command(file, 2)).toEqual(['/bin/image-shell', '-c', 'cat <<X\nx\nX']);
    const joined = parsed('FROM a', 'RUN <<EOF', 'echo one \\', '  # shell', '  two', 'EOF', 'RUN x');
    expect(command(joined, 1)[2]).toBe('echo one \\\n  # shell\n  two');
    const script = parsed('FROM a', 'RUN <<-"EOF"', '#!/usr/bin/env python3', '\tprint()', '\tEOF');
    expect(command(script, 1)).toEqual(['/bin/image-shell', '-c', '/.trace-build/EOF']);
    expect(scriptOf(script.steps[0]!)).toEqual({ name: 'EOF', text: '#!/usr/bin/env python3\nprint()' });
    // As BuildKit of Docker 28 has it: a tab before it makes it a comment.
    const comment = parsed('FROM a', 'RUN <<-EOF', '\t#!/usr/bin/env python3', '\techo', 'EOF');
    expect(command(comment, 1)[2]).toBe('#!/usr/bin/env python3\necho');
    expect(scriptOf(comment.steps[0]!)).toBeUndefined();
  });

  test('knows the arguments above it in its stage', () => {
    const file = parsed(
      'ARG GLOBAL',
      'FROM a',
      'ARG ONE=1',
      'ARG TWO THREE=3',
      'RUN x',
      'ARG FOUR',
      'FROM a',
      'RUN y',
    );
    expect(file.steps.map(({ args }) => args)).toEqual([['ONE', 'TWO', 'THREE'], []]);
  });

  test('knows those of the stage that it is based on, also where an argument names that', () => {
    const lines = ['ARG KIND=debug', 'FROM a AS debug', 'ARG D', 'FROM a AS release', 'ARG R'];
    const text = [...lines, 'FROM "$KIND" AS final', 'RUN x'].join('\n');
    const args = (...given: readonly string[]) => {
      const file = parseDockerfile(text, 'Dockerfile', given);
      return file.ok && [file.value.steps[0]?.args, file.value.stages[2]?.needs];
    };
    expect(args()).toEqual([['D'], [0]]);
    expect(args('KIND=release')).toEqual([['R'], [1]]);
    expect(args('KIND=other')).toEqual([[], []]);
    process.env.KIND = 'release';
    expect(args('KIND')).toEqual([['R'], [1]]);
    delete process.env.KIND;
    expect(args('KIND')).toEqual([['D'], [0]]);
  });
});

describe('stages', () => {
  const file = parsed(
    'FROM a AS tools',
    'RUN tools',
    'FROM a AS unused',
    'RUN unused',
    'FROM a AS build',
    'RUN --mount=type=bind,from=tools,target=/t build',
    'FROM scratch',
    'COPY --from=build /x /x',
    'RUN ["/x"]',
  );
  const texts = (target?: string) => {
    const steps = stepsFor(file, target, 'Dockerfile');
    return steps.ok ? steps.value.map(({ text }) => text) : steps.failure;
  };

  test('only those that the target needs count', () => {
    expect(texts()).toEqual(['tools', 'build', '["/x"]']);
    expect(texts('UNUSED')).toEqual(['unused']);
    expect(texts('0')).toEqual(['tools']);
    expect(texts('none')).toMatchObject({ kind: 'usage', hint: 'its stages: tools, unused, build, 3' });
  });

  test('the file can be cut before a step', () => {
    expect(cutDockerfile(file, 3, ['LABEL a=b'])).toBe(
      'FROM a AS tools\nRUN tools\nFROM a AS unused\nLABEL a=b\n',
    );
  });
});

test('what is no Dockerfile is said in a sentence', () => {
  expect(parseDockerfile('', 'x')).toMatchObject({
    ok: false,
    failure: { kind: 'input', where: { file: 'x' } },
  });
  expect(parseDockerfile('FROM a\n', 'x')).toMatchObject({ ok: false });
});
