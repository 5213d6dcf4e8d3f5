import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dockerfileSchema } from '../../src/core/documents/dockerfile.ts';
import { capture } from '../../src/io/process/exec.ts';
import { needs } from '../rig/need.ts';

/** On every image of these tests, and on no other's that runs meanwhile. */
const LABEL = `trace-build-test=${process.pid}`;
const MAIN = join(import.meta.dirname, '../../dist/cli/main.js');

needs('docker', 'bookworm-image', 'strace').describe('trace-build dockerfile', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'trace-build-test-'));
    mkdirSync(join(folder, 'app'));
    writeFileSync(join(folder, 'app/file.txt'), 'from the context\n');
    writeFileSync(
      join(folder, 'app/Dockerfile'),
      [
        'ARG BASE=wrong',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: Docker's own syntax
        'FROM ${BASE} AS tools',
        `LABEL ${LABEL}`,
        'RUN ["/bin/sh", "-c", "echo from the tools >/tool"]',
        'ONBUILD RUN echo of the base >/onbuild',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: Docker's own syntax
        'FROM ${BASE} AS unused',
        'RUN true',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: Docker's own syntax
        'FROM ${BASE} AS one',
        `LABEL ${LABEL}`,
        'SHELL ["/bin/bash", "-o", "pipefail", "-c"]',
        'ENV PLACE=/work',
        'WORKDIR $PLACE',
        'COPY file.txt .',
        'COPY --from=tools /tool tool',
        'RUN echo one >/one',
        'FROM tools AS three',
        'FROM one AS two',
        'COPY --from=three /onbuild onbuild',
        'ARG LEVEL=low',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: Docker's own syntax
        'ARG DERIVED=${LEVEL}-er',
        'RUN chown 7 /work',
        'USER 7',
        'RUN echo "$LEVEL $DERIVED $(id -u) $PWD $(cat file.txt) $(cat tool) $(cat onbuild) $BASH" | tee out; unshare --mount true',
      ].join('\n'),
    );
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function run(args: readonly string[], env: Record<string, string> = {}) {
    return capture(process.execPath, [MAIN, 'dockerfile', ...args], {
      cwd: folder,
      env: { ...(process.env as Record<string, string>), ...env },
      timeoutSeconds: 100,
    });
  }
  const ARGS = ['app', '--build-arg', 'BASE=trace-build-ci/bookworm', '--build-arg', 'LEVEL=high'];

  /** Debian's own docker brings BuildKit without a plug-in. */
  const builders: readonly (readonly [string, Record<string, string>])[] = [
    ['the classic builder', { DOCKER_BUILDKIT: '0' }],
    ['BuildKit', { DOCKER_BUILDKIT: '1', PATH: `/usr/bin:${process.env.PATH}` }],
  ];

  test.each(builders)('traces the step that fails, as that step is executed, with %s', async (_, env) => {
    const ran = await run([...ARGS, '--json', '--quiet'], env);
    expect(ran.stderr).toContain(
      'high high-er 7 /work from the context from the tools of the base /bin/bash\n',
    );
    expect(ran.status).toBe(1);
    const document = dockerfileSchema.parse(JSON.parse(ran.stdout));
    expect(document).toMatchObject({
      dockerfile: 'app/Dockerfile',
      step: { number: 5, line: 23, stage: 'two' },
      found: 'failing',
      exit: { status: 1 },
      engine: { name: 'docker' },
    });
    expect(document.denials.map(({ syscall, errno }) => [syscall, errno])).toContainEqual([
      'unshare',
      'EPERM',
    ]);
    expect(existsSync(join(folder, document.trace.path))).toBe(true);
    const images = execFileSync(
      'docker',
      ['images', '-q', '--filter', `label=${LABEL}`, 'trace-build-step'],
      {
        encoding: 'utf8',
      },
    );
    expect(images).toBe('');
  });

  test.each(builders)(
    'what it leaves when it is killed while building is gone after the next start: %s',
    async (_, env) => {
      const label = `trace-build-killed=${process.pid}-${Date.now()}`;
      const lines = ['FROM trace-build-ci/bookworm', `LABEL ${label}`, 'RUN true', 'RUN sleep 60'];
      writeFileSync(join(folder, 'app/Long'), lines.join('\n'));
      const main = spawn(process.execPath, [MAIN, 'dockerfile', 'app', '-f', 'app/Long'], {
        cwd: folder,
        env: { ...process.env, ...env },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let said = '';
      const ended = new Promise((settle) => main.once('close', settle));
      main.stderr.on('data', (chunk) => {
        said += chunk;
        if (said.includes('line 4: ')) main.kill('SIGKILL');
      });
      await ended;
      const left = () =>
        execFileSync('docker', ['images', '-q', '--filter', `label=${label}`, 'trace-build-step'], {
          encoding: 'utf8',
        });
      expect(left()).not.toBe('');
      const next = [MAIN, 'run', '--quiet', '--image', 'trace-build-ci/bookworm', '--', 'true'];
      expect((await capture(process.execPath, next, { cwd: folder, timeoutSeconds: 100 })).status).toBe(0);
      expect(left()).toBe('');
      const builds = await capture('pgrep', ['--full', `build .*--label=trace-build.owner=.*/${main.pid}/`]);
      expect(builds.stdout).toBe('');
    },
  );

  test('shows the builder’s own error where a step fails for another reason', async () => {
    const text = `FROM trace-build-ci/bookworm\nLABEL ${LABEL}\nRUN echo broken; exit 9\n`;
    writeFileSync(join(folder, 'app/Other'), text);
    const ran = await run(['app', '--file', join(folder, 'app/Other'), '-q'], { DOCKER_BUILDKIT: '0' });
    expect(ran.status).toBe(0);
    expect(ran.stdout.replace(/\s+/g, ' ')).toMatch(
      /No syscall was refused\. The command exited with status 9\. Builder: The command '.*' returned a non-zero code: 9 Host: /,
    );
  });

  test('traces a chosen step, and says when none fails', async () => {
    const chosen = await run([...ARGS, '--step', '3', '--json', '--quiet']);
    expect(chosen.status).toBe(0);
    expect(dockerfileSchema.parse(JSON.parse(chosen.stdout))).toMatchObject({
      step: { number: 3 },
      found: 'chosen',
    });
    const exec = await run([...ARGS, '--step', '1', '--json', '--quiet']);
    expect(dockerfileSchema.parse(JSON.parse(exec.stdout)).command.slice(0, 2)).toEqual(['/bin/sh', '-c']);
    const passes = await run([...ARGS, '--target', 'one']);
    expect(passes.stderr).toContain('the build passes');
    expect(passes.status).toBe(0);
  });

  test('has the mounts of a step, as far as a container has them, and says what differs', async () => {
    const script = [
      'cat here/file.txt one; cat /run/secrets/token /tools/tool; echo $TOKEN',
      'cp /bin/true /memory && /memory/true && echo executed',
      'stat -c "%u %a" $HOME/cache /run/secrets/token; ls /etc/apt; touch one',
    ];
    const mounts = [
      // biome-ignore lint/suspicious/noTemplateCurlyInString: BuildKit's own syntax
      '--mount=type=cache,target=${HOME}/cache,uid=7,mode=0700',
      '--mount=type=cache,target=/etc/apt',
      '--mount=type=tmpfs,target=/memory',
      '--mount=type=bind,target=here',
      '--mount=source=file.txt,target=one',
      '--mount=type=secret,id=token',
      '--mount=type=ssh',
      '--mount=from=tools,source=/made,target=/tools',
    ];
    writeFileSync(
      join(folder, 'app/Mounts'),
      [
        'FROM trace-build-ci/bookworm AS tools',
        `LABEL ${LABEL}`,
        'RUN mkdir /made && echo of a stage >/made/tool',
        'FROM trace-build-ci/bookworm',
        `LABEL ${LABEL}`,
        'ENV HOME=/h',
        'WORKDIR /work',
        `RUN ${mounts.join(' ')} ${script.join('; ')}`,
      ].join('\n'),
    );
    writeFileSync(join(folder, 'secret'), 'secret\n', { mode: 0o644 });
    const ran = await run(
      ['app', '-f', 'app/Mounts', '--secret', 'id=token,src=secret', '--json', '--quiet'],
      builders[1]![1],
    );
    expect(ran.stderr.split('\n').slice(0, 8)).toEqual([
      'from the context',
      'from the context',
      'secret',
      'of a stage',
      '',
      'executed',
      '7 700',
      '0 400',
    ]);
    expect(ran.stderr).toContain("cannot touch 'one': Read-only file system");
    const { step, exit, notes } = dockerfileSchema.parse(JSON.parse(ran.stdout));
    expect([step.number, exit.status]).toEqual([2, 1]);
    expect(notes).toEqual(
      expect.arrayContaining([
        'the cache mount /h/cache is empty here',
        'the bind mount /tools is a copy here, which the step may write to',
        "the trace may show the secret 'token', as far as the step reads it",
        "the SSH agent 'default' is not there in the traced step",
      ]),
    );
  });

  test('a step that fails in the builder alone decides nothing', async () => {
    // The cache is filled in the builder, and empty in the traced step.
    const step =
      'RUN --mount=type=cache,target=/c,id=trace-build-test touch /c/a; test -z "$(ls /c | grep b)" || exit 3';
    const fill = 'RUN --mount=type=cache,target=/c,id=trace-build-test touch /c/b';
    writeFileSync(
      join(folder, 'app/Alone'),
      ['FROM trace-build-ci/bookworm', `LABEL ${LABEL}`, fill, step].join('\n'),
    );
    const ran = await run(['app', '-f', 'app/Alone', '--json', '--quiet'], builders[1]![1]);
    expect(ran.status).toBe(3);
    const { exit, notes } = dockerfileSchema.parse(JSON.parse(ran.stdout));
    expect(exit.status).toBe(0);
    expect(notes.join()).toContain('the step failed when the builder executed it and passes here');
  });

  test('with the ignore file of its own, inherited arguments and a proxy, as BuildKit has them', async () => {
    writeFileSync(join(folder, 'app/.dockerignore'), '*');
    writeFileSync(join(folder, 'app/Own.dockerignore'), '!*');
    const script = [
      'RUN true && \\',
      '    # indented',
      '    echo "$LEVEL $http_proxy"; cat file.txt; exit 5',
    ];
    writeFileSync(
      join(folder, 'app/Own'),
      ['FROM trace-build-ci/bookworm AS base', 'ARG LEVEL=3', 'FROM base', 'COPY file.txt /', ...script].join(
        '\n',
      ),
    );
    const args = ['app', '-f', 'app/Own', '--build-arg', 'http_proxy=proxy:1', '--json', '--quiet'];
    const ran = await run(args, builders[1]![1]);
    rmSync(join(folder, 'app/.dockerignore'));
    expect(ran.stderr).toContain('3 proxy:1\n');
    expect(dockerfileSchema.parse(JSON.parse(ran.stdout)).exit.status).toBe(5);
  });

  test('a here-document with an interpreter of its own, for any user, also where the builder knows none', async () => {
    const script = ['RUN <<EOF', '#!/usr/bin/perl -w', 'print STDERR "$0 $>\\n"; exit 6', 'EOF'];
    writeFileSync(
      join(folder, 'app/Script'),
      ['FROM trace-build-ci/bookworm', `LABEL ${LABEL}`, 'USER 7', ...script].join('\n'),
    );
    const ran = await run(['app', '-f', 'app/Script', '--step', '1', '--json', '--quiet'], builders[0]![1]);
    expect(ran.stderr).toContain('/.trace-build/EOF 7\n');
    expect(dockerfileSchema.parse(JSON.parse(ran.stdout)).exit.status).toBe(6);
  });

  test.each([
    ['the classic builder executes', builders[0]![1], 1],
    ['BuildKit does not', builders[1]![1], 2],
  ])('a stage that nothing needs: %s', async (_, env, number) => {
    const lines = ['AS unneeded', 'RUN exit 3', 'FROM trace-build-ci/bookworm', 'RUN exit 4'];
    writeFileSync(join(folder, 'app/Unneeded'), `FROM trace-build-ci/bookworm ${lines.join('\n')}`);
    const ran = await run(['app', '-f', 'app/Unneeded', '--json', '--quiet'], env);
    const { step, exit } = dockerfileSchema.parse(JSON.parse(ran.stdout));
    expect([step.number, exit.status]).toEqual([number, number + 2]);
  });

  test('says what is wrong', async () => {
    const none = await run(['app', '--step', '9']);
    expect(none.status).toBe(2);
    expect(none.stderr).toContain('there is no RUN number 9\n  1: line 4: RUN ["/bin/sh", ');
    const base = await run(['app', '--build-arg', 'BASE=localhost:1/none:1']);
    expect(base.status).toBe(3);
    expect(base.stderr).toContain('the build fails at no RUN');
    expect((await run(['nowhere'])).status).toBe(2);
    mkdirSync(join(folder, 'podman'));
    writeFileSync(join(folder, 'podman/Containerfile'), 'FROM scratch\n');
    expect((await run(['podman'])).stderr).toContain('podman/Containerfile: there is no RUN in it');
    writeFileSync(join(folder, 'app/Newer'), 'FROM trace-build-ci/bookworm\nRUN <<EOF\nexit 8\nEOF\n');
    const server = execFileSync('docker', ['version', '--format', '{{.Server.Version}}'], {
      encoding: 'utf8',
    });
    // The classic builder reads here-documents since Docker 23.
    if (Number.parseInt(server, 10) < 23) {
      const newer = await run(['app', '-f', 'app/Newer'], builders[0]![1]);
      expect(newer.status).toBe(2);
      expect(newer.stderr).toMatch(/the builder can't read it: .*unknown instruction: EXIT/i);
    }
    const mounting = 'FROM trace-build-ci/bookworm\nRUN --mount=type=tmpfs,target=/x true\n';
    writeFileSync(join(folder, 'app/Mounting'), mounting);
    const classic = await run(['app', '-f', 'app/Mounting'], builders[0]![1]);
    expect(classic.stderr).toContain(
      "the classic builder can't build it: the --mount option requires BuildKit",
    );
    expect(classic.status).toBe(3);
    expect((await run(['app', '--engine', 'bubblewrap'])).status).toBe(2);
    const gone = { DOCKER_HOST: 'unix:///nowhere/docker.sock' };
    const away = await run(['app', '--engine', 'docker'], gone);
    expect(away.stderr).toContain('start the daemon (dockerd), or name another one');
    if (!needs('podman').met) return;
    writeFileSync(join(folder, 'app/Other'), 'FROM scratch\nCOPY nothing /\nRUN x\n');
    const other = await run(['app', '-f', 'app/Other'], gone);
    expect(other.stderr).toMatch(
      /^trace-build: engine podman: docker: docker does not answer: .+\ntrace-build: building/,
    );
  });
});
