import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseDockerfile } from '../../../src/io/dockerfile/dockerfile.ts';
import { copiesFor, mountsFor } from '../../../src/io/dockerfile/dockerfileMounts.ts';

let context: string;
beforeAll(() => {
  context = mkdtempSync(join(tmpdir(), 'trace-build-test-'));
  writeFileSync(join(context, 'a'), '');
  symlinkSync('/etc', join(context, 'out'));
});
afterAll(() => rmSync(context, { recursive: true, force: true }));

function step(flags: string) {
  const file = parseDockerfile(`FROM a AS tools\nFROM b\nRUN ${flags} true\n`, 'Dockerfile');
  if (!file.ok) throw new Error(file.failure.what);
  return file.value.steps[0]!;
}

function mounts(flags: string, program: 'docker' | 'podman' = 'docker') {
  return mountsFor(step(flags), {
    context,
    workdir: '/work',
    variables: { HOME: '/h', V: '1' },
    secrets: {
      secrets: new Map([['token', Buffer.from('s')]]),
      agents: new Map([['default', '/s,1/agent']]),
    },
    program,
  });
}

describe('what a step mounts', () => {
  test('a tmpfs can hold programs, and is as large as it is to be', () => {
    expect(mounts('--mount=type=tmpfs,target=/t').createArgs).toEqual(['--tmpfs=/t:exec,dev']);
    expect(mounts('--mount=type=tmpfs,dst=t,size=1m').createArgs).toEqual([
      '--tmpfs=/work/t:exec,dev,size=1m',
    ]);
  });

  test('a cache is an empty directory with its owner and mode', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: BuildKit's own syntax
    const found = mounts('--mount=type=cache,target=${HOME}/c$V,uid=7,gid=8,mode=0700');
    expect(found.createArgs).toEqual(['--mount=type=volume,destination=/h/c1,volume-nocopy']);
    expect(found.files).toEqual([{ path: '/h/c1', mode: 0o700, uid: 7, gid: 8 }]);
    expect(mounts('--mount=type=cache,target=/c').files).toEqual([
      { path: '/c', mode: 0o755, uid: 0, gid: 0 },
    ]);
    expect(mounts('--mount=type=cache,target=/c', 'podman').createArgs).toEqual(['--volume=/c']);
  });

  test('a secret is a file, a variable or both; one that was not given is not there', () => {
    const content = Buffer.from('s');
    const file = { path: '/run/secrets/token', content, mode: 0o400, uid: 0, gid: 0 };
    expect(mounts('--mount=type=secret,id=token')).toMatchObject({ files: [file], env: {} });
    expect(mounts('--mount=type=secret,id=token,env=T')).toMatchObject({ files: [], env: { T: 's' } });
    expect(mounts('--mount=type=secret,target=/x/token,env=T,mode=440,uid=5')).toMatchObject({
      files: [{ ...file, path: '/x/token', mode: 0o440, uid: 5 }],
      env: { T: 's' },
    });
    expect(mounts('--mount=type=secret,id=other')).toMatchObject({ files: [], env: {}, notes: [] });
  });

  test('an agent is where its variable says', () => {
    expect(mounts('--mount=type=ssh')).toMatchObject({
      createArgs: ['--mount=type=bind,"source=/s,1/agent","destination=/run/buildkit/ssh_agent.0"'],
      env: { SSH_AUTH_SOCK: '/run/buildkit/ssh_agent.0' },
    });
    expect(mounts('--mount=type=ssh,id=other').notes).toEqual([
      "the SSH agent 'other' is not there in the traced step",
    ]);
  });

  test('a bind mount of the context stays within it, and is never made at a daemon that lacks it', () => {
    expect(mounts('--mount=source=a,target=a').createArgs).toEqual([
      `--mount=type=bind,"source=${join(context, 'a')}","destination=/work/a",readonly`,
    ]);
    expect(mounts('--mount=source=../../etc,target=a')).toMatchObject({ createArgs: [] });
    expect(mounts('--mount=source=out,target=a')).toMatchObject({
      createArgs: [],
      notes: ['the bind mount /work/a leads out of the build context and is left out'],
    });
  });

  test('what is of a stage is copied into the image by the builder', () => {
    expect(copiesFor(step('--mount=from=tools,source=/x,target=t --mount=target=c'))).toEqual([
      'COPY --from=tools ["/x","t"]',
    ]);
    expect(copiesFor(step('--mount=from=tools,target=/t'))).toEqual(['COPY --from=tools ["/","/t"]']);
    expect(mounts('--mount=from=tools,target=/t')).toMatchObject({
      createArgs: [],
      notes: ['the bind mount /t is a copy here, which the step may write to'],
    });
  });

  test('nothing else is followed without a word', () => {
    expect(mounts('--security=insecure --network=host --device=a --mount=type=new,target=/x').notes).toEqual([
      '--mount=type=new,target=/x is not there in the traced step',
      '--security=insecure is not followed: use --cap-add or --on unconfined',
      '--network=host is not followed: the step has an ordinary network',
      '--device=a is not followed',
    ]);
    expect(mounts('--security=sandbox --network=none').notes).toEqual([]);
  });
});
