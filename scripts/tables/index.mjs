import { libseccompTable } from './libseccomp.mjs';
import { containerdProfiles, containersProfiles, mobyProfiles } from './profiles.mjs';
import { shippedTable } from './shipped.mjs';
import { syscallNumbers } from './syscalls.mjs';

/** The sentry's spellings that differ from libseccomp's. */
export const GVISOR_NAMES = { sysctl: '_sysctl', fstatat: 'newfstatat', pselect: 'pselect6' };

/** Every generated table: where it goes, what it is made from, and how. */
export const TABLES = [
  {
    path: 'src/core/linux/numbers.gen.ts',
    from: 'facts/syscalls.json, facts/kernel-added.json and facts/kernel-config.json',
    what: 'Names, first kernels and numbers (without ABI base) of every syscall; see numbers.ts for the shape.',
    make: syscallNumbers,
  },
  {
    path: 'src/core/linux/callers.gen.ts',
    from: 'facts/callers.json',
    what: 'Who makes a syscall and on which errno it falls back; see callers.ts for the shape.',
    make: (facts) => {
      const { libraries, calls } = facts('callers');
      return { libraries, calls };
    },
  },
  {
    path: 'src/core/linux/risk.gen.ts',
    from: 'facts/risk.json',
    what: 'What allowing a syscall gives away; see risk.ts for the shape.',
    make: (facts) => facts('risk').rows,
  },
  {
    path: 'src/core/linux/kernelErrnos.gen.ts',
    from: 'facts/kernel-errnos.json',
    what: 'When the kernel itself returns EPERM or ENOSYS; see kernelErrnos.ts for the shape.',
    make: (facts) => {
      const { rows, neverEperm } = facts('kernel-errnos');
      return { rows, neverEperm };
    },
  },
  {
    path: 'src/core/hosts/distributions.gen.ts',
    from: 'facts/distributions.json',
    what: 'Container stacks as distributions ship them; see distributions.ts for the shape.',
    make: (facts) => facts('distributions').stacks.map(({ name, host }) => [name, host]),
  },
  {
    path: 'src/core/hosts/libseccomp.gen.ts',
    from: 'facts/libseccomp.json',
    what: 'Which libseccomp release knows which name on which architecture; see libseccomp.ts for the shape.',
    make: libseccompTable,
  },
  {
    path: 'src/core/hosts/moby.gen.ts',
    from: 'facts/moby-default-profile.json',
    what: 'Default profiles of Docker and BuildKit; see history.ts for the shape.',
    make: mobyProfiles,
  },
  {
    path: 'src/core/hosts/containers.gen.ts',
    from: 'facts/containers-default-profile.json',
    what: 'Default profiles of Podman, Buildah and CRI-O; see history.ts for the shape.',
    make: containersProfiles,
  },
  {
    path: 'src/core/hosts/containerd.gen.ts',
    from: 'facts/containerd-default-profile.json',
    what: 'Default profiles of containerd; see history.ts for the shape.',
    make: containerdProfiles,
  },
  {
    path: 'src/core/minimize/runtimeNeeds.gen.ts',
    from: 'facts/runtime-needs.json',
    what: 'What runtimes call under the filter that they loaded; see runtimeNeeds.ts for the shape.',
    make: (facts) => {
      const { rows, atAnyTime } = facts('runtime-needs');
      return rows.map(({ runtime, version, noNewPrivileges, needed, notNeeded }) => ({
        runtime,
        version,
        noNewPrivileges,
        needed: needed.map(({ name }) => name),
        notNeeded,
        atAnyTime: atAnyTime[runtime]?.names ?? [],
      }));
    },
  },
  {
    path: 'src/core/hosts/shipped.gen.ts',
    from: 'facts/shipped.json, facts/runtimes.json and facts/runc-pins.json',
    what: 'What a host of an engine version usually runs; see shipped.ts for the shape.',
    make: shippedTable,
  },
  {
    path: 'src/core/redaction/tokenShapes.gen.ts',
    from: 'facts/token-shapes.json',
    what: 'How tokens of known services begin: prefix, class of the rest, shortest rest; see tokenShapes.ts.',
    make: (facts) => facts('token-shapes').shapes.map(({ prefix, rest, min }) => [prefix, rest, min]),
  },
  {
    path: 'src/core/diagnosis/messages/messages.gen.ts',
    from: 'facts/messages.json',
    what: 'What programs print when a syscall is refused, and what else prints the same; see table.ts for the shape.',
    make: (facts) => {
      const { schema: _schema, doc: _doc, ...table } = facts('messages');
      return table;
    },
  },
  {
    path: 'src/core/hosts/sandboxes.gen.ts',
    from: 'facts/sandboxes.json, facts/systemd-sets.json, facts/systemd-nspawn.json and facts/products.json',
    what: 'Filters of sandboxes, groups of systemd, what other products carry; see sandboxTable.ts for the shape.',
    make: (facts) => ({
      families: Object.fromEntries(
        Object.entries(facts('sandboxes').families).map(([name, { source: _words, ...rest }]) => [
          name,
          rest,
        ]),
      ),
      systemd: facts('systemd-sets').versions,
      nspawn: (({ schema: _schema, doc: _doc, source: _source, ...rest }) => rest)(facts('systemd-nspawn')),
      nerdctl: facts('products').nerdctl,
      githubRunners: facts('products').githubRunners,
    }),
  },
  {
    path: 'src/core/hosts/gvisor.gen.ts',
    from: 'facts/gvisor.json',
    what: 'State of each amd64 syscall in gVisor by release; see gvisor.ts for the shape.',
    make: (facts) => {
      const { firstTag, lastTag, kernelRelease, syscalls, capabilities, behindFlag, amd64Only } =
        facts('gvisor');
      const [last] = lastTag.split('.');
      // Later releases took the usual spelling over: both rows are one history.
      const merged = {};
      for (const [name, changes] of Object.entries(syscalls)) {
        const own = GVISOR_NAMES[name] ?? name;
        merged[own] = [...(merged[own] ?? []), ...changes].sort(([a], [b]) => (a < b ? -1 : 1));
      }
      return { first: firstTag, last, kernelRelease, capabilities, behindFlag, amd64Only, syscalls: merged };
    },
  },
];
