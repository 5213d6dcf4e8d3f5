import { ok } from '../failure.ts';
import { abiInfo } from '../linux/abi.ts';
import { TEXT } from './containerd.gen.ts';
import type { EngineFamily } from './family.ts';
import { ProfileHistory } from './history.ts';

/** containerd builds its profile in Go (contrib/seccomp): nothing is lost on the way to the runtime. */
export function containerd(): EngineFamily {
  const history = new ProfileHistory(TEXT);
  const releases = history.releases('containerd');
  const ids = new Map(releases.map(({ version: { text }, id }) => [text, id]));
  return {
    name: 'containerd',
    versions: releases.map((release) => release.version),
    profileId: (at) => ids.get(at.text)!,
    profile: (at, native) => history.profile(ids.get(at.text)!, native),
    groupsOf: (at, name) => history.groupsOf(ids.get(at.text)!, name),
    rules: (at) => ({
      name: 'containerd',
      version: at.text,
      passesErrnoRet: true,
      passesDefaultErrnoRet: true,
      testsMinKernel: true,
      conditionArch: (native) => abiInfo(native).goarch,
      architectures: ({ archMap, list }, native) => {
        if (list) return ok(list);
        const entry = archMap?.find((row) => row.native === native);
        return ok(entry ? [entry.native, ...entry.sub] : []);
      },
    }),
  };
}
