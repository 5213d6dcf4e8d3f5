import type { Reason } from '../../documents/reason.ts';
import type { Cause } from './action.ts';

/** The coarse cause of a reason: what refusals are grouped by, and what exit statuses look at. */
export function causeOf(reason: Reason): Cause {
  switch (reason.kind) {
    case 'rule':
      return reason.origin.from === 'proposal' ? 'default' : 'rule';
    case 'filter-in-force':
      return 'rule';
    case 'no-filter':
    case 'default-action':
      return 'default';
    case 'enosys-stub':
      return 'stub';
    case 'architecture-not-in-filter':
      return 'bad-arch';
    case 'kernel-too-old':
    case 'kernel-removed':
    case 'kernel-lacks-number':
    case 'kernel-without':
    case 'user-namespace':
    case 'gvisor':
    case 'gvisor-architecture':
    case 'passes-every-filter':
      return 'kernel';
    case 'kernel-errno':
    case 'kernel-errno-unlisted':
    case 'capability':
    case 'security-module':
    case 'device-cgroup':
    case 'masked-path':
    case 'user-namespace-limit':
    case 'sysctl':
    case 'no-new-privileges':
    case 'resource-limit':
    case 'object':
    case 'tracer':
      return 'genuine';
    case 'no-number':
    case 'not-emulated':
    case 'own-filter':
    case 'emulator':
    case 'recording-broken':
    case 'injected':
    case 'some-filter':
    case 'differs-from-model':
      return 'unknown';
    case 'lifted':
      return reason.layers.includes('filter') ? 'unknown' : 'genuine';
    case 'not-known':
      return reason.candidates.every((one) => causeOf(one) === 'genuine') ? 'genuine' : 'unknown';
  }
}
