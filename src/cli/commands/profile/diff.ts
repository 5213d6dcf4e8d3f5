import { ok, type Result } from '../../../core/failure.ts';
import type { HostModel } from '../../../core/hosts/host.ts';
import type { ChangedCall } from '../../../core/hosts/since.ts';
import type { Answerer } from '../../../core/seccomp/filter/compareFilters.ts';
import { printDocument } from '../../../render/json.ts';
import type { CommandModule } from '../../binding.ts';
import { addExamples } from '../../examples.ts';
import { EXIT } from '../../exit.ts';

interface Options {
  readonly arch?: string;
  readonly json?: boolean;
}

export const defineDiff: CommandModule['define'] = (command, { io, action }) => {
  command
    .description('which syscalls two filters, profiles or hosts answer differently; exit status 1 when any')
    .argument('<a>', 'raw filter, strace -v text, JSON profile, or host')
    .argument('<b>', 'the other')
    .option('--arch <arch>', "architecture of hosts that do not name one (default: this machine's)")
    .option('--json', 'one JSON document (schema trace-build/profile-diff@1)')
    .action(
      action(async (first: string, second: string, options: Options) => {
        const a = await openAnswerer(first, options.arch);
        if (!a.ok) return a.failure;
        const b = await openAnswerer(second, options.arch);
        if (!b.ok) return b.failure;
        const [{ compareFilters }, { renderDiff, diffDocument }, { actionOf }] = await Promise.all([
          import('../../../core/seccomp/filter/compareFilters.ts'),
          import('../../../render/text/profile.ts'),
          import('../../../core/seccomp/filter/returns.ts'),
        ]);
        const found = compareFilters(a.value.answerer, b.value.answerer);
        const since =
          a.value.host && b.value.host
            ? await changes(
                { a: a.value.host, b: b.value.host },
                found.map((one) => ({ ...one, action: actionOf(one.b) })),
                options.arch,
              )
            : undefined;
        if (since?.ok === false) return since.failure;
        const differences = found.map((one, index) => {
          const version = since?.value[index];
          return version === undefined ? one : { ...one, since: version };
        });
        io.out(
          options.json
            ? printDocument(diffDocument(first, second, differences))
            : renderDiff(first, second, differences),
        );
        return differences.length === 0 ? EXIT.none : EXIT.findings;
      }),
    );
  addExamples(command, [
    ['trace-build profile diff docker@24.0.9 docker@25.0.3', 'what an upgrade changes'],
    ['trace-build profile diff my.json docker', 'how far a profile is from the default'],
  ]);
};

async function changes(
  hosts: { readonly a: HostModel; readonly b: HostModel },
  calls: readonly ChangedCall[],
  arch: string | undefined,
): Promise<Result<readonly (string | undefined)[]>> {
  const [{ sinceWhen }, { openHost }] = await Promise.all([
    import('../../../core/hosts/since.ts'),
    import('../../../io/machine/hosts.ts'),
  ]);
  return sinceWhen(hosts, calls, (expression) =>
    openHost(arch === undefined || /,\s*arch=/.test(expression) ? expression : `${expression},arch=${arch}`),
  );
}

/** A side of the comparison; `host` where it is one. */
interface Side {
  readonly answerer: Answerer;
  readonly host?: HostModel;
}

async function openAnswerer(word: string, arch: string | undefined): Promise<Result<Side>> {
  const { openSource } = await import('../../../commands/profileSource.ts');
  const source = await openSource(word, arch === undefined ? {} : { arch });
  if (!source.ok) return source;
  const [{ answererOfFilters }, { answererOfHost }] = await Promise.all([
    import('../../../core/seccomp/filter/compareFilters.ts'),
    import('../../../core/hosts/answerer.ts'),
  ]);
  const host = source.value.kind === 'host' ? source.value.host : undefined;
  const answerer =
    source.value.kind === 'host'
      ? answererOfHost(source.value.host)
      : answererOfFilters(source.value.programs);
  return answerer.ok ? ok({ answerer: answerer.value, ...(host ? { host } : {}) }) : answerer;
}
