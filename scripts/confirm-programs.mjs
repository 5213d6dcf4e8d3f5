// Holds the model against the running kernel: runs 50 programs under emulated hosts, and compares for each refused call
// whose it was by the model with what the kernel's own tracepoints showed. Run as root, after `npm run build`.
//   node scripts/confirm-programs.mjs [HOST…]      prints a line a program, then the sums; status 1 where they differ
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const PROGRAMS = `
ls -lR /etc | tar cf t.tar /etc/apt | tar xf t.tar | cp -a /etc/apt copy | rm -rf copy | mv t.tar u.tar | find /usr/share/doc -maxdepth 1
du -s /etc | df | stat /etc | touch a; chmod 600 a | ln -s a b; readlink b | sort /etc/passwd | sed s/a/b/ /etc/passwd | awk 1 /etc/passwd
grep -r root /etc/apt | diff /etc/passwd /etc/group | gzip -k u.tar; gunzip -f u.tar.gz | xz -k u.tar | zstd -q u.tar -o v | date | id | env
python3 -c 'import os,subprocess; subprocess.run(["true"]); os.listdir("/")' | perl -e 'print \`true\`' | node -e 'fetch' | bash -c 'test -x /bin/sh'
dash -c 'echo *' | make --version | gcc --version | git init -q r | git -C r status | strace -V | unshare -m true | unshare -Ur true
mount -t tmpfs a /mnt | umount /mnt | nice -n -5 true | ionice -c 1 true | setpriv --dump | chrt -f 1 true | taskset 1 true | hostname x
dmesg | sysctl kernel.hostname | ip link | ss -l | ps ax | top -bn1 | mktemp | mkfifo p | mknod c c 1 3 | flock a true | timeout 5 true | nohup true
dd if=/dev/zero of=z count=9 | sync | xargs -a /etc/hostname echo | openssl version | busybox ls
`
  .trim()
  .split(/\s*[|\n]\s*/);

const hosts = process.argv.length > 2 ? process.argv.slice(2) : ['docker@19.03.15', 'docker@24.0.9'];
const folder = mkdtempSync(join(tmpdir(), 'trace-build-programs-'));
const sums = { runs: 0, refused: 0, filter: 0, kernel: 0, unheard: 0, differ: 0, lost: 0 };
try {
  for (const host of hosts) {
    for (const program of PROGRAMS) {
      const args = [
        MAIN,
        'run',
        '--confirm',
        '--on',
        host,
        '--json',
        '-q',
        '-o',
        'x',
        '--force',
        '--timeout',
        '60',
        '--',
      ];
      const ran = spawnSync(process.execPath, [...args, 'sh', '-c', program], {
        cwd: folder,
        encoding: 'utf8',
        maxBuffer: 1 << 28,
      });
      if (!ran.stdout.startsWith('{')) {
        console.log(`${host}  ${program}: not run (${ran.stderr.trim().split('\n').at(-1)})`);
        continue;
      }
      const { denials, kernel } = JSON.parse(ran.stdout);
      const differ = denials.filter(({ reason }) => reason.kind === 'differs-from-model');
      const by = (who) => denials.filter(({ refusedBy }) => refusedBy === who).length;
      const unheard = denials.length - by('filter') - by('kernel');
      sums.runs++;
      sums.refused += denials.length;
      sums.filter += by('filter');
      sums.kernel += by('kernel');
      sums.unheard += unheard;
      sums.differ += differ.length;
      sums.lost += kernel?.lost ?? 0;
      console.log(
        `${host}  ${program}: filter ${by('filter')}, kernel ${by('kernel')}${unheard > 0 ? `, not heard of ${unheard}` : ''}${differ.map(({ syscall, errno, refusedBy }) => `; DIFFERS ${syscall} ${errno} ${refusedBy}`).join('')}`,
      );
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(JSON.stringify(sums));
process.exitCode = sums.differ > 0 ? 1 : 0;
