import { type Abi, abiInfo } from '../../linux/abi.ts';
import { syscallNumber } from '../../linux/numbers.ts';
import type { Verdict } from '../../seccomp/profile/verdict.ts';
import type { Call } from '../../strace/grammar/event.ts';
import type { HostModel } from '../host.ts';
import { certainly } from '../model.ts';

const LET_THROUGH: Verdict = certainly({ kind: 'allow' }, { kind: 'not-emulated' });

/**
 * `host` as a machine of architecture `running` answers that emulates it (`emulate`): for another architecture by name.
 * What happened in an emulated run is explained by this, not by the host itself, which would know other numbers.
 */
export function asEmulated(host: HostModel, running: Abi): HostModel {
  const there = host.identity.arch;
  const listed = host.policy?.abis.map(({ abi }) => abi) ?? [];
  const native = abiInfo(running).alsoRuns.includes(there) && listed.length === 0;
  if (there === running || native) return host;
  const narrow = listed.find((abi) => abiInfo(abi).bits === 32) ?? there;
  return {
    ...host,
    answer: (call: Call): Verdict => {
      const abi = abiInfo(call.abi).bits === 32 && call.abi !== 'x32' ? narrow : there;
      const nr = syscallNumber(call.name, abi);
      return nr === undefined ? LET_THROUGH : host.answer({ ...call, abi, nr });
    },
  };
}
