import type { MinimizeDocument } from '../core/documents/minimize.ts';
import { ok, type Result } from '../core/failure.ts';
import type { Abi } from '../core/linux/abi.ts';
import { danger } from '../core/linux/risk.ts';
import { allowlistCandidates, allowlistHost, usedIn } from '../core/minimize/allowlist.ts';
import { LEARNT_ARGUMENTS } from '../core/minimize/allowlistConditions.ts';
import { changeHost, choicesOf } from '../core/minimize/changeHost.ts';
import { coverageOf } from '../core/minimize/coverage.ts';
import { escapesOf } from '../core/minimize/escape.ts';
import { wholeProfile } from '../core/minimize/profileDocument.ts';
import { anyRuntimeNeeds } from '../core/minimize/runtimeNeeds.ts';
import { openHost } from '../io/machine/hosts.ts';
import { otherEntries } from './minimizeAllowlist.ts';
import { useOf } from './minimizeUse.ts';
import { expandFolders, openTraces } from './openTraces.ts';

export interface Merged {
  readonly document: MinimizeDocument;
  /** The traces. */
  readonly files: readonly string[];
}

/** One allowlist for several traces: the union, with where each entry came from. Not proven: nothing is run. */
export async function mergeTraces(
  paths: readonly string[],
  { on = 'docker', path }: { readonly on?: string /** Where the profile goes. */; readonly path: string },
): Promise<Result<Merged>> {
  const files = await expandFolders(paths);
  if (!files.ok) return files;
  const opened = await openTraces(files.value.files, { relevant: LEARNT_ARGUMENTS });
  if (!opened.ok) return opened;
  const { traces } = opened.value;
  let host = await openHost(on);
  if (!host.ok) return host;
  const [native = host.value.identity.arch] = mostUsed(traces.flatMap(({ calls }) => calls));
  if (native !== host.value.identity.arch && host.value.identity.assumed.includes('arch')) {
    host = await openHost(`${on},arch=${native}`);
    if (!host.ok) return host;
  }
  const limit = host.value;
  const { used, refused } = usedIn(traces, limit);
  // Whatever will run it.
  const runtime = anyRuntimeNeeds();
  const abis = [...new Set<Abi>([native, ...used.flatMap((entry) => entry.abis)])];
  const bare = allowlistHost(limit, abis, runtime);
  const base = { ...bare, identity: { ...bare.identity, arch: native } };
  /** Whether the runtime's entries do not let it through already. */
  const isOpen = ({ name }: { readonly name: string }) =>
    traces.some(({ calls }) =>
      calls.some(({ call }) => call.name === name && bare.answer(call).action.kind !== 'allow'),
    );
  const candidates = new Map(allowlistCandidates(used.filter(isOpen), limit).map((one) => [one.name, one]));
  const choices = choicesOf(new Map([...candidates.keys()].map((name) => [name, 1])), candidates);
  const whole = wholeProfile(base, choices);
  if (!whole.ok) return whole;
  const escapes = escapesOf(whole.value.loaded ?? changeHost(base, choices));
  const conditional = (name: string) => choices.get(name)?.kind === 'allow-args';
  const needed = new Set(used.map(({ name }) => name));
  const document: MinimizeDocument = {
    schema: 'trace-build/minimize@1',
    command: [],
    host: { ...base.identity, assumed: [...base.identity.assumed], notes: [...base.identity.notes] },
    engine: { name: 'none', version: '' },
    baseline: { runs: 0, passed: 0, flaky: false, seconds: 0, timeoutSeconds: 0 },
    outcome: 'merged',
    fix: { allow: [...new Set([...needed, ...runtime])].sort(), enosys: [] },
    guarantee: 'unproven',
    why: 'nothing was run: it is what the traces show',
    smallestIfMonotone: false,
    proof: [],
    runs: { experiments: 0, executions: 0 },
    danger: [...needed]
      .map((syscall) => ({ syscall, ...danger(syscall) }))
      .filter(({ weight }) => weight >= 3),
    denials: [],
    lackedByKernel: [],
    profile: whole.value.profile as unknown as Record<string, unknown>,
    patch: null,
    ...(await useOf(base, whole.value, choices, path, {
      allow: [...needed],
      enosys: [],
      conditional: [...needed].filter(conditional),
      whole: true,
      // Its default errno.
      losesInObject: true,
    })),
    allowlist: [
      ...used.map(({ name, count, origins }) => ({
        name,
        why: 'used' as const,
        count,
        conditional: conditional(name),
        origins: [...origins],
      })),
      ...otherEntries(runtime, needed),
    ],
    ...(refused.length > 0 ? { refusedByHost: refused.map((one) => ({ ...one })) } : {}),
    ...(escapes.length > 0 ? { escapes: [...escapes] } : {}),
    ...(traces.length > 1 ? { coverage: coverageOf(used, traces.length) } : {}),
    upgrade: null,
    obstacles: [],
    notes: traces
      .filter(({ complete }) => !complete)
      .map(({ file }) => `${file} is not complete: what it lacks is not allowed`),
  };
  return ok({ document, files: traces.map(({ file }) => file) });
}

/** ABIs by number of calls, the most used first. */
function mostUsed(
  calls: readonly { readonly call: { readonly abi: Abi }; readonly count: number }[],
): readonly Abi[] {
  const counts = new Map<Abi, number>();
  for (const { call, count } of calls) counts.set(call.abi, (counts.get(call.abi) ?? 0) + count);
  return [...counts].sort(([, a], [, b]) => b - a).map(([abi]) => abi);
}
