import { resolve } from 'node:path';
import type { Done } from '../cli/binding.ts';
import { EXIT } from '../cli/exit.ts';
import type { MinimizeDocument } from '../core/documents/minimize.ts';
import type { Abi } from '../core/linux/abi.ts';
import { danger } from '../core/linux/risk.ts';
import { allowlistCandidates, allowlistHost, usedIn } from '../core/minimize/allowlist.ts';
import { choicesOf } from '../core/minimize/changeHost.ts';
import { wholeProfile } from '../core/minimize/profileDocument.ts';
import { RUNTIME_NEEDS } from '../core/minimize/runtimeNeeds.ts';
import { writeOutput } from '../io/files/output.ts';
import { openHost } from '../io/machine/hosts.ts';
import { printDocument } from '../render/json.ts';
import { plural } from '../render/phrases/text.ts';
import { profilePath, writesProfile } from './minimizeDefaults.ts';
import type { MinimizeFlags } from './minimizeFlags.ts';
import { useOf } from './minimizeUse.ts';
import { expandFolders, openTraces } from './openTraces.ts';
import type { Io } from './ports.ts';

/** One allowlist for several traces: the union, with where each entry came from. Not proven: nothing is run. */
export async function mergeTraces(paths: readonly string[], flags: MinimizeFlags, io: Io): Promise<Done> {
  const files = await expandFolders(paths);
  if (!files.ok) return files.failure;
  const opened = await openTraces(files.value.files);
  if (!opened.ok) return opened.failure;
  const { traces } = opened.value;
  const host = await openHost(flags.on ?? 'docker');
  if (!host.ok) return host.failure;
  const used = usedIn(traces);
  const [native = host.value.identity.arch] = mostUsed(traces.flatMap(({ calls }) => calls));
  // Whatever will run it: the union over the runtimes that were measured.
  const runtime = [...new Set(RUNTIME_NEEDS.flatMap(({ names }) => names))].sort();
  const abis = [...new Set<Abi>([native, ...used.flatMap((entry) => entry.abis)])];
  const bare = allowlistHost(host.value, abis, runtime);
  const base = { ...bare, identity: { ...bare.identity, arch: native } };
  const candidates = new Map(
    allowlistCandidates(used.filter(({ name }) => !runtime.includes(name))).map((one) => [one.name, one]),
  );
  const choices = choicesOf(new Map([...candidates.keys()].map((name) => [name, 1])), candidates);
  const whole = wholeProfile(base, choices);
  if (!whole.ok) return whole.failure;
  const shown = profilePath(flags);
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
    ...(await useOf(base, whole.value, choices, resolve(io.cwd, shown), {
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
      ...runtime
        .filter((name) => !needed.has(name))
        .map((name) => ({ name, why: 'runtime' as const, count: 0, conditional: false, origins: [] })),
    ],
    upgrade: null,
    obstacles: [],
    notes: traces
      .filter(({ complete }) => !complete)
      .map(({ file }) => `${file} is not complete: what it lacks is not allowed`),
  };
  if (writesProfile(flags)) {
    const text = `${JSON.stringify(document.profile, null, 2)}\n`;
    const written = await writeOutput(resolve(io.cwd, shown), text, {
      mode: 0o666,
      force: flags.force ?? false,
    });
    if (!written.ok) return written.failure;
  }
  if (flags.json) io.out(printDocument(document));
  else {
    io.print(
      `${plural(used.length, 'syscall')} of ${plural(traces.length, 'trace')}, ${runtime.length} for the runtimes; written to ${shown}\n`,
    );
    const only = (file: string) => used.filter(({ origins }) => origins.length === 1 && origins[0] === file);
    for (const { file } of traces) {
      const names = only(file).map(({ name }) => name);
      io.print(`  only in ${file}: ${names.length === 0 ? 'none' : names.join(', ')}\n`);
    }
    for (const note of document.notes) io.print(`Note: ${note}.\n`);
  }
  return EXIT.none;
}

/** ABIs by number of calls, the most used first. */
function mostUsed(
  calls: readonly { readonly call: { readonly abi: Abi }; readonly count: number }[],
): readonly Abi[] {
  const counts = new Map<Abi, number>();
  for (const { call, count } of calls) counts.set(call.abi, (counts.get(call.abi) ?? 0) + count);
  return [...counts].sort(([, a], [, b]) => b - a).map(([abi]) => abi);
}
