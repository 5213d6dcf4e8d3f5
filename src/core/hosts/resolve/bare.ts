import { ok, type Result } from '../../failure.ts';
import type { HostExpression } from '../expression.ts';
import type { HostIdentity, HostModel } from '../host.ts';
import { unfilteredHost } from '../model.ts';
import { Findings } from './findings.ts';
import { pickArch, pickKernel } from './machine.ts';
import type { Surroundings } from './surroundings.ts';

/** A kernel of its own version (`kernel@5.4`), or the one at hand (`unconfined`), without a filter. */
export function bareHost(
  request: HostExpression,
  engine: 'kernel' | 'unconfined',
  surroundings: Surroundings,
): Result<HostModel> {
  const findings = new Findings();
  findings.note('no seccomp filter: only the kernel answers');
  if (request.runtime ?? request.libseccomp)
    findings.note('a runtime or a libseccomp changes nothing without a filter');
  const kernel = pickKernel(request, surroundings, findings);
  if (!kernel.ok) return kernel;
  const arch = pickArch(request, surroundings, findings);
  const identity: HostIdentity = {
    expression: request.text,
    engine,
    version: engine === 'kernel' ? kernel.value.text : 'none',
    runtime: 'none',
    runtimeVersion: 'none',
    libseccomp: 'none',
    kernel: kernel.value.text,
    arch,
    assumed: findings.assumed,
    notes: findings.notes,
  };
  return ok(unfilteredHost(identity, kernel.value.version));
}
