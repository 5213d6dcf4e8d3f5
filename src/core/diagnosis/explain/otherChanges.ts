import { abiInfo } from '../../linux/abi.ts';
import { fallsBackOn } from '../../linux/callers.ts';
import type { Advice, Question } from './question.ts';

/** systemd lists names in the unit, and the errno behind them. */
export function changeUnit({ name, verdict, host }: Question): readonly Advice[] {
  const unit = host.identity.engine === 'systemd-nspawn' ? '--system-call-filter' : 'SystemCallFilter';
  const enosys =
    verdict.errno === 'ENOSYS' || fallsBackOn(name, 'ENOSYS') === 'none'
      ? []
      : [
          {
            kind: 'enosys' as const,
            text: `return ENOSYS: ${unit}=~${name}:ENOSYS grants nothing, and helps callers that fall back`,
          },
        ];
  return [...enosys, { kind: 'allow', text: `allow it: ${unit}=${name}` }];
}

/** No rule for a syscall helps programs of an architecture that the profile does not list. */
export function addArchitecture({ abi }: Question): readonly Advice[] {
  const name = abiInfo(abi).scmp;
  return [
    {
      kind: 'architecture',
      text: `add ${name} to the architectures of the profile: every call of ${abi} programs is refused without it, and no rule for ${abi} applies`,
      rule: { architectures: [name] },
    },
  ];
}
