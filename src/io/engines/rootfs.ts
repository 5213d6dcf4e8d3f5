import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/**
 * bwrap options that show `rootfs` read-only as `/`, yet leave room for a mount point at `cwd`: folders on the way to
 * `cwd` are made anew, with what they hold mounted one by one. /tmp, /var/tmp, /run and the home folder are empty and writable.
 */
export function rootfsArguments(rootfs: string, cwd: string): string[] {
  const args = ['--tmpfs', '/'];
  const lay = (path: string): void => {
    for (const entry of readdirSync(join(rootfs, path), { withFileTypes: true })) {
      const inside = join(path, entry.name);
      const outside = join(rootfs, inside);
      if (['/dev', '/proc', '/tmp', '/run', '/sys'].includes(inside)) continue;
      if (entry.isSymbolicLink()) args.push('--symlink', readlinkSync(outside), inside);
      else if (entry.isDirectory() && (inside === cwd || inside === '/var')) {
        args.push('--dir', inside);
        if (inside !== cwd) lay(inside);
      } else if (entry.isDirectory() && cwd.startsWith(`${inside}/`)) {
        args.push('--dir', inside);
        lay(inside);
      } else if (inside === '/root' || inside === '/var/tmp') args.push('--tmpfs', inside);
      else args.push('--ro-bind', outside, inside);
    }
  };
  lay('/');
  args.push('--dev', '/dev', '--proc', '/proc', '--perms', '1777', '--tmpfs', '/tmp', '--tmpfs', '/run');
  // Folders that bwrap makes by itself for a mount point are closed to everybody but root: a server that gives up root
  // could not reach its working folder.
  const names = cwd.split('/').slice(1, -1);
  names.forEach((_, depth) => {
    args.push('--perms', '0755', '--dir', `/${names.slice(0, depth + 1).join('/')}`);
  });
  return args;
}
