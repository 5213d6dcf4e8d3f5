/** Names of engines as people write them. */
export const ENGINE_TITLES: Readonly<Record<string, string>> = {
  docker: 'Docker',
  buildkit: 'BuildKit',
  containerd: 'containerd',
  podman: 'Podman',
  buildah: 'Buildah',
  crio: 'CRI-O',
  gvisor: 'gVisor',
  kernel: 'Linux',
};
