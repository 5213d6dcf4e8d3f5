import { basename } from 'node:path';
import { explainSyscall } from '../core/diagnosis/explain/syscall.ts';
import type { MinimizeDocument } from '../core/documents/minimize.ts';
import type { HostModel } from '../core/hosts/host.ts';
import { compareVersions, version } from '../core/hosts/version.ts';
import { danger } from '../core/linux/risk.ts';
import { objectName } from '../core/minimize/apply.ts';
import { answersEnosys, type Choices, changeHost, choicesOf } from '../core/minimize/changeHost.ts';
import { escapesOf } from '../core/minimize/escape.ts';
import { CONFIDENCE, leastPassRate } from '../core/minimize/passRate.ts';
import { NOTHING } from '../core/minimize/problem.ts';
import { wholeProfile } from '../core/minimize/profileDocument.ts';
import { changesDefault } from '../core/minimize/profileForms.ts';
import { patchOf } from '../core/minimize/profilePatch.ts';
import { fixOf, proofOf } from '../core/minimize/words.ts';
import type { DockerProfile } from '../core/seccomp/formats/dockerProfile.ts';
import { jsonText, toSpo } from '../core/seccomp/formats/documents.ts';
import { parseProfile } from '../core/seccomp/profile/schema.ts';
import type { Minimized } from '../io/experiments/minimize.ts';
import { allowlistPart } from './minimizeAllowlist.ts';
import type { CompletedFor } from './minimizeComplete.ts';
import { enosysOf, useOf } from './minimizeUse.ts';
import type { Place } from './place.ts';

/** The result as its JSON document; `path` is where the profile goes. */
export async function documentOf(
  command: readonly string[],
  place: Place,
  minimized: Minimized,
  path: string,
): Promise<MinimizeDocument> {
  const { host, solution, denials, outcome } = minimized;
  const candidates = solution?.ledger.candidates ?? new Map();
  const best = solution?.best ?? NOTHING;
  const choices = choicesOf(best, candidates);
  const fix = fixOf(best, candidates);
  const notes = [...host.identity.notes, ...minimized.notes];
  const complete = 'used' in minimized ? (minimized as CompletedFor) : undefined;
  const used = complete?.used;
  // An allowlist is one even if the command calls nothing besides what the runtime does.
  const found = choices.size > 0 || (used !== undefined && solution?.best !== undefined);
  const whole = found ? wholeProfile(host, choices) : undefined;
  if (whole?.ok) notes.push(...whole.value.notes);
  else if (whole) notes.push(`the whole profile could not be written: ${whole.failure.what}`);
  const object = whole?.ok ? seccompProfileOf(whole.value.profile, basename(path)) : undefined;
  notes.push(
    ...(object?.lost ?? []).map((what) => `the object for the Security Profiles Operator loses ${what}`),
  );
  const allowed = [...choices].filter(([, { kind }]) => kind.startsWith('allow')).map(([name]) => name);
  const silent = [...choices].filter(([, choice]) => answersEnosys(choice)).map(([name]) => name);
  return {
    schema: 'trace-build/minimize@1',
    command: [...command],
    host: { ...host.identity, assumed: [...host.identity.assumed], notes: [...host.identity.notes] },
    engine: { name: place.engine.name, version: place.engineVersion },
    baseline: minimized.baseline,
    ...(minimized.tracerFails === undefined ? {} : { tracerFails: minimized.tracerFails }),
    outcome,
    fix: fix as unknown as MinimizeDocument['fix'],
    guarantee: outcome === 'nothing-to-fix' ? 'smallest' : (solution?.guarantee ?? 'unproven'),
    why:
      outcome === 'nothing-to-fix'
        ? 'it passes without any change'
        : (solution?.why ?? 'the filter refused nothing that could be changed'),
    smallestIfMonotone:
      outcome === 'nothing-to-fix' ||
      (minimized.tracerFails === undefined && (solution?.smallestIfMonotone ?? false)),
    ...(minimized.passes ? { passRate: passRateOf(minimized.passes) } : {}),
    proof: solution ? proofOf(solution).map((line) => ({ ...line })) : [],
    runs: { experiments: solution?.runs ?? 0, executions: minimized.executions },
    danger: allowed.map((name) => ({ syscall: name, ...danger(name) })),
    denials,
    lackedByKernel: [...new Set(minimized.lackedByKernel.map(({ syscall }) => syscall))].sort(),
    profile: whole?.ok ? (whole.value.profile as unknown as Record<string, unknown>) : null,
    // Of a base profile, a patch can only change names: where the default has to change, only the whole profile will do.
    patch:
      choices.size > 0 && !used && !(whole?.ok && changesDefault(whole.value.form))
        ? (patchOf(choices, whole?.ok ? whole.value.form : 'rule') as unknown as MinimizeDocument['patch'])
        : null,
    seccompProfile: object?.value ?? null,
    ...(whole?.ok
      ? await useOf(host, whole.value, choices, path, {
          // A service has no base profile: what is allowed for the runtime it may need as well.
          allow: used ? allowedBy(whole.value.profile) : allowed,
          enosys: silent.filter((name) => choices.get(name)?.kind === 'enosys'),
          enosysArgs: silent.filter((name) => choices.get(name)?.kind !== 'enosys'),
          conditional: allowed.filter((name) => choices.get(name)?.kind === 'allow-args'),
          whole: used !== undefined,
          losesInObject: (object?.lost ?? []).length > 0,
        })
      : { apply: [] }),
    ...(whole?.ok && silent.length > 0 ? { enosys: enosysOf(whole.value, silent) } : {}),
    ...(complete ? allowlistPart(complete, choices) : {}),
    ...(whole?.ok
      ? escapesPart(whole.value.loaded ?? changeHost(host, choices), used ? undefined : host)
      : {}),
    upgrade: choices.size > 0 && !used ? await upgradeOf(host, choices) : null,
    obstacles:
      used || minimized.written?.outcome === 'pass'
        ? []
        : [...obstaclesTo(host, silent, whole?.ok ? whole.value.unmet : [])],
    ...(minimized.written === undefined ? {} : { asWritten: { ...minimized.written } }),
    notes: [...new Set(notes)],
  };
}

function passRateOf({ passed, cast }: { readonly passed: number; readonly cast: number }) {
  // Rounded down: it is a bound.
  const atLeast = Math.floor(1000 * leastPassRate(passed, cast)) / 1000;
  return { passed, runs: cast, atLeast, confidence: CONFIDENCE };
}

function allowedBy({ syscalls }: DockerProfile): readonly string[] {
  const names = syscalls.filter(({ action }) => action === 'SCMP_ACT_ALLOW').flatMap((group) => group.names);
  return [...new Set(names)].sort();
}

function seccompProfileOf(profile: DockerProfile, file: string) {
  const parsed = parseProfile(profile);
  if (!parsed.ok) return undefined;
  const { value, lost } = toSpo(parsed.value, objectName(file));
  return { value: JSON.parse(jsonText(value)) as Record<string, unknown>, lost };
}

function escapesPart(loaded: HostModel, before: HostModel | undefined): Pick<MinimizeDocument, 'escapes'> {
  const escapes = escapesOf(loaded, before);
  return escapes.length > 0 ? { escapes: [...escapes] } : {};
}

/** What would make each element unnecessary, in the words of `explain`. */
async function upgradeOf(host: HostModel, choices: Choices): Promise<string | null> {
  const texts = new Set<string>();
  for (const [name, choice] of choices) {
    const { advice } = await explainSyscall(name, host.identity.arch, host);
    // ENOSYS was seen to be not enough where the call has to be allowed.
    const upgrade = advice.find(
      ({ kind, answers }) =>
        kind === 'upgrade' && (answers === undefined || choice.kind.startsWith('enosys')),
    );
    if (!upgrade) return null;
    texts.add(upgrade.text);
  }
  return latest([...texts]).join('; and ');
}

/** Of two upgrades of the same thing the later one includes the other. */
function latest(texts: readonly string[]): readonly string[] {
  const to = texts.map((text) => /^(upgrade .+? from \S+) to (\d[\w.-]*)/.exec(text));
  return texts.filter((_, at) => {
    const own = to[at];
    if (!own) return true;
    return !to.some((other) => {
      if (other?.[1] !== own[1]) return false;
      return compareVersions(version(other![2]!), version(own[2]!)) > 0;
    });
  });
}

/** Why that engine cannot be told to answer ENOSYS to a call; undefined where it can. */
function dropsErrno({ target, identity }: HostModel): string | undefined {
  if (!target || (target.engine.passesErrnoRet && target.runtime.honoursErrnoRet)) return undefined;
  return `${identity.engine} ${identity.version} with ${identity.runtime} ${identity.runtimeVersion} ignores errnoRet in a profile`;
}

/** What that very engine cannot be told in any form: a call that its libseccomp has no name for, to be allowed. */
function obstaclesTo(
  host: HostModel,
  silent: readonly string[],
  unmet: readonly string[],
): readonly string[] {
  const { target, identity } = host;
  if (!target) return [];
  const notes: string[] = [];
  const drops = dropsErrno(host);
  const deaf = silent.filter((name) => unmet.includes(name));
  if (deaf.length > 0 && drops !== undefined) {
    notes.push(`${drops}: the answer for ${deaf.join(', ')} needs a newer engine`);
  }
  const unknown = unmet.filter((name) => !target.libseccomp.knows(name));
  if (unknown.length > 0) {
    notes.push(
      `libseccomp ${identity.libseccomp} of that host does not know ${unknown.join(', ')} and would skip the rule: upgrade it first`,
    );
  }
  return notes;
}
