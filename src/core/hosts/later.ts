import { type HostExpression, parseHost } from './expression.ts';
import type { HostIdentity } from './host.ts';
import { knownHosts } from './known.ts';
import { compareVersions, parseVersion } from './version.ts';

/** `engine=docker@20.10` of a profile or a proposal: there it is the engine that has versions. */
const ENGINE = /(,\s*engine=)[^,]*/i;

/** What has versions in an expression, as the known hosts spell it; undefined for what has none (`unconfined`). */
function lineOf({ host, engine }: HostExpression): string | undefined {
  switch (host.kind) {
    case 'engine':
      return host.engine;
    case 'gvisor':
    case 'kernel':
      return host.kind;
    default:
      return engine?.name;
  }
}

/**
 * The known hosts that are newer than a resolved one, oldest first, as expressions with the same refinements: later
 * versions of the same engine, gVisor releases or kernels.
 */
export async function laterHosts({
  expression,
  version,
}: Pick<HostIdentity, 'expression' | 'version'>): Promise<readonly string[]> {
  const parsed = parseHost(expression);
  const line = parsed.ok ? lineOf(parsed.value) : undefined;
  const from = parseVersion(version);
  if (line === undefined || from === undefined) return [];
  const later = (await knownHosts({ kernels: line === 'kernel' })).filter((known) => {
    const at = known.startsWith(`${line}@`) ? parseVersion(known.slice(line.length + 1)) : undefined;
    return at !== undefined && compareVersions(at, from) > 0;
  });
  if (ENGINE.test(expression)) return later.map((known) => expression.replace(ENGINE, `$1${known}`));
  const comma = expression.indexOf(',');
  return later.map((known) => `${known}${comma < 0 ? '' : expression.slice(comma)}`);
}
