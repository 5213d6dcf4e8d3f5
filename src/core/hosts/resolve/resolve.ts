import type { Result } from '../../failure.ts';
import { type HostExpression, parseHost } from '../expression.ts';
import type { HostModel } from '../host.ts';
import { hostOf } from '../model.ts';
import { bareHost } from './bare.ts';
import { type NamedEngine, resolveStack, withoutRejected } from './stack.ts';
import type { Surroundings } from './surroundings.ts';

export type { Surroundings } from './surroundings.ts';

/**
 * Turns a HOST expression into a host that can be asked. Parsing gives a request, a resolver per kind of host turns it
 * into a stack of versions, and the stack's profile is lowered to a filter. What was not given is named in `assumed`.
 */
export async function resolveHost(
  expression: string,
  surroundings: Surroundings,
): Promise<Result<HostModel>> {
  const parsed = parseHost(expression);
  if (!parsed.ok) return parsed;
  const request = parsed.value;
  const { host } = request;
  switch (host.kind) {
    case 'engine':
      return engineHost(request, { name: host.engine, version: host.version }, surroundings);
    case 'profile':
      return (await import('./profile.ts')).profileHost(request, host.path, surroundings);
    case 'spec-proposal':
      return (await import('./proposal.ts')).proposalHost(request, surroundings);
    case 'gvisor':
      return (await import('./sentry.ts')).sentryHost(request, host.date, surroundings);
    case 'sandbox':
      return (await import('./sandbox.ts')).sandboxHost(request, host, surroundings);
    case 'systemd-unit':
      return (await import('./unit.ts')).unitHost(request, host.path, surroundings);
    case 'systemd-nspawn':
      return (await import('./nspawn.ts')).nspawnHost(request, host.version, surroundings);
    case 'product':
      return (await import('./product.ts')).productHost(request, host, surroundings, resolveHost);
    case 'stack':
      return (await import('./stackedHost.ts')).stackedHost(
        expression,
        host.layers,
        surroundings,
        resolveHost,
      );
    case 'kernel':
    case 'unconfined':
      return bareHost(request, host.kind, surroundings);
  }
}

/** An engine with its default profile. */
async function engineHost(
  request: HostExpression,
  engine: NamedEngine,
  surroundings: Surroundings,
): Promise<Result<HostModel>> {
  const stack = await resolveStack(request, engine, surroundings);
  if (!stack.ok) return stack;
  const { identity, profile, target } = withoutRejected(stack.value);
  return hostOf(identity, profile, target);
}
