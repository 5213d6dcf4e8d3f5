/** Install commands by the distribution's ID or ID_LIKE (os-release(5)). */
const MANAGERS: readonly { readonly ids: readonly string[]; readonly command: string }[] = [
  { ids: ['debian', 'ubuntu'], command: 'apt-get install -y' },
  { ids: ['fedora', 'rhel', 'centos', 'amzn'], command: 'dnf install -y' },
  { ids: ['alpine'], command: 'apk add' },
  { ids: ['arch'], command: 'pacman -S --noconfirm' },
  { ids: ['suse', 'opensuse', 'sles'], command: 'zypper install -y' },
];

const PACKAGE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  bwrap: { '': 'bubblewrap' },
  docker: { '': 'docker.io', dnf: 'moby-engine', apk: 'docker', pacman: 'docker', zypper: 'docker' },
};

/** The command that installs a program here, with sudo for those who are not root. */
export function installCommand(program: string, ids: readonly string[], uid: number): string {
  const manager = ids
    .map((id) => MANAGERS.find((one) => one.ids.some((known) => id === known || id.startsWith(`${known}-`))))
    .find((one) => one !== undefined);
  const names = PACKAGE[program];
  const tool = manager?.command.split(' ')[0] ?? '';
  const name = names?.[tool] ?? names?.[''] ?? program;
  if (!manager) return `install the package ${name} with this system's package manager`;
  return `${uid === 0 ? '' : 'sudo '}${manager.command} ${name}`;
}
