import { fail, ok, type Result } from '../../failure.ts';
import type { RuntimeRules } from '../../seccomp/profile/target.ts';
import type { HostExpression } from '../expression.ts';
import type { EngineName } from '../family.ts';
import { crunRules, runcRules } from '../runtimes.ts';
import { newestRead, type Runtime, shippedRuntime, shippedVersionOf } from '../shipped.ts';
import { compareVersions, parseVersion, type Version } from '../version.ts';
import type { Findings } from './findings.ts';
import type { Lines } from './surroundings.ts';

export interface PickedRuntime {
  /** What the engine version usually came with, or the runtime of that time that was named. */
  readonly usual: Runtime;
  readonly version: Version;
  /** As in results: what was given, or the release or commit that the engine pinned. */
  readonly text: string;
  readonly rules: RuntimeRules;
}

/** runc or crun, and which: as named, else what this engine version came with. */
export function pickRuntime(
  { runtime, runtimeVersion: given }: HostExpression,
  { engine, version: at, lines }: { engine: EngineName; version: Version; lines: Lines },
  findings: Findings,
): Result<PickedRuntime> {
  const usual = runtime ? shippedVersionOf(engine, runtime, at) : shippedRuntime(engine, at);
  if (runtime === undefined) findings.assume('runtime');
  if (given === undefined) findings.assume('runtimeVersion');
  const parsed = given === undefined ? usual.version : parseVersion(given);
  if (!parsed) {
    return fail('usage', `'${given}' is not a version of ${usual.name}`, {
      hint: `write for example ${usual.name}=${usual.text}`,
    });
  }
  const newest = newestRead(usual.name);
  const isLine = given !== undefined && parsed.numbers.length < 3 && !parsed.pre;
  const wanted = isLine && lines === 'oldest' ? oldestOf(parsed) : parsed;
  if (compareVersions(wanted, newest) > 0) {
    findings.assume('runtimeVersion');
    findings.note(
      `${usual.name} ${newest.text} is the newest in the tables; its rules stand in for ${parsed.text}`,
    );
  } else if (isLine && usual.name === 'runc') {
    findings.note(`runc ${given} is taken as the ${lines} of that line`);
  }
  return ok({
    usual,
    version: wanted,
    text: given ?? usual.text,
    rules: usual.name === 'runc' ? runcRules(wanted) : crunRules(wanted),
  });
}

/** `1.1` as the first release of its line. */
function oldestOf(line: Version): Version {
  const numbers = [...line.numbers, 0, 0].slice(0, 3);
  return { text: numbers.join('.'), numbers, pre: undefined };
}
