import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * Makes podman usable on the machine at hand. Where cgroup version 2 is not at /sys/fs/cgroup (CI machines with both
 * versions), `podman` becomes a script in `folder` that mounts it in a mount namespace of its own; the resource limits
 * that such a machine cannot set are left out. Returns the PATH to use.
 */
export function podmanPath(folder: string): string {
  const path = process.env.PATH ?? '';
  if (existsSync('/sys/fs/cgroup/cgroup.controllers')) return path;
  const real = spawnSync('sh', ['-c', 'command -v podman'], { encoding: 'utf8' }).stdout.trim();
  mkdirSync(folder, { recursive: true });
  const conf = join(folder, 'containers.conf');
  // Podman 5 takes an empty list for its own defaults when it builds, and they are more than root may have here.
  const major = Number(/\d+/.exec(spawnSync(real, ['--version'], { encoding: 'utf8' }).stdout)?.[0]);
  const limits = major >= 5 ? ['nofile=1024:4096', 'nproc=4096:4096'] : [];
  writeFileSync(conf, `[containers]\ndefault_ulimits = ${JSON.stringify(limits)}\npids_limit = 0\n`);
  const script = join(folder, 'podman');
  writeFileSync(
    script,
    `#!/bin/sh
export CONTAINERS_CONF=${conf}
exec unshare --mount sh -c 'mount -t cgroup2 none /sys/fs/cgroup && exec "$@"' sh ${real} --cgroup-manager=cgroupfs "$@"
`,
  );
  chmodSync(script, 0o755);
  return `${folder}${delimiter}${path}`;
}
