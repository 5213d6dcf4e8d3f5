import { ok, type Result } from '../failure.ts';
import { abiInfo } from '../linux/abi.ts';
import { syscallName } from '../linux/numbers.ts';
import { closure, type Filter } from '../seccomp/filter/closure.ts';
import type { Answerer } from '../seccomp/filter/compareFilters.ts';
import { compile } from '../seccomp/filter/compile.ts';
import { abiOfToken } from '../seccomp/filter/data.ts';
import { returnOf } from '../seccomp/filter/returns.ts';
import type { HostModel } from './host.ts';

/** A host's filter; a host without one is asked itself, kernel included. */
export function answererOfHost(host: HostModel): Result<Answerer> {
  const { arch } = host.identity;
  if (host.policy) {
    const compiled = compile(host.policy);
    if (!compiled.ok) return compiled;
    const programs = [compiled.value];
    return ok({ answer: closure(compiled.value), programs, abis: host.policy.abis.map(({ abi }) => abi) });
  }
  const answer: Filter = (data) => {
    const nr = data[0]!;
    const abi = abiOfToken(data[1]!, nr) ?? arch;
    return returnOf(host.answer({ abi, nr, name: syscallName(nr, abi) ?? `syscall_${nr}`, args: [] }).action);
  };
  return ok({ answer, programs: [], abis: [arch, ...abiInfo(arch).alsoRuns] });
}
