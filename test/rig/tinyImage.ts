import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Shell lines that fill ./root with busybox and this machine's strace: an image of a few megabytes with both. */
const FILL = `mkdir -p root/bin root/tmp && cp "$(command -v busybox)" root/bin/busybox &&
for program in "$(command -v strace)" $(ldd "$(command -v strace)" | grep -o '/[^ ]*'); do
  mkdir -p "root$(dirname "$program")" && cp -L "$program" "root$program" || exit 1
done
for applet in sh head true cat sleep; do ln -sf busybox root/bin/$applet; done
tar -C root -c .`;

/** Makes the image with `docker import` or `podman import`; `folder` is a scratch folder. */
export function makeTinyImage(program: string, name: string, folder: string): void {
  execFileSync('sh', ['-c', `mkdir -p tiny && cd tiny && { ${FILL}; } | ${program} import - ${name}`], {
    cwd: join(folder),
    stdio: 'pipe',
  });
}
