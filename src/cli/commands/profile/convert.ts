import { fail, ok, type Result } from '../../../core/failure.ts';
import type { Converted } from '../../../core/seccomp/formats/documents.ts';
import type { Profile } from '../../../core/seccomp/profile/profile.ts';
import type { CommandModule } from '../../binding.ts';
import { addExamples } from '../../examples.ts';
import { EXIT } from '../../exit.ts';

const FORMS = ['docker', 'oci', 'systemd', 'spo', 'minijail'] as const;
type Form = (typeof FORMS)[number];

interface Options {
  readonly from?: string;
  readonly to: string;
  readonly arch?: string;
  readonly name: string;
}

const isForm = (word: string): word is Form => (FORMS as readonly string[]).includes(word);

export const defineConvert: CommandModule['define'] = (command, { io, action }) => {
  command
    .description('a profile in another form; what that form cannot express is reported on standard error')
    .argument('<file>', 'the profile')
    .option('--from <form>', `one of ${FORMS.join(', ')} (default: by its content)`)
    .requiredOption('--to <form>', `one of ${FORMS.join(', ')}`)
    .option(
      '--arch <arch>',
      "for forms without conditions: decide them for this architecture (default: this machine's)",
    )
    .option('--name <name>', 'metadata.name of a SeccompProfile', 'profile')
    .action(
      action(async (path: string, { from, to, arch, name }: Options) => {
        for (const form of [from ?? to, to]) {
          if (!isForm(form)) {
            return { kind: 'usage', what: `unknown form '${form}'`, hint: `use one of ${FORMS.join(', ')}` };
          }
        }
        const { readTextFile } = await import('../../../io/files/filterFile.ts');
        const text = await readTextFile(path);
        if (!text.ok) return text.failure;
        const read = await readForm((from as Form | undefined) ?? formOf(text.value), text.value, path);
        if (!read.ok) return read.failure;
        const { surroundings } = await import('../../../io/machine/hosts.ts');
        const { parseArch } = await import('../../../core/linux/arch.ts');
        const abi = arch === undefined ? surroundings().running.arch : parseArch(arch);
        if (!abi) return { kind: 'usage', what: `unknown architecture '${arch}'` };
        const written = await writeForm(to as Form, read.value.value, abi, name);
        for (const loss of [...read.value.lost, ...written.lost]) io.err(`does not survive: ${loss}\n`);
        io.out(written.value);
        return EXIT.none;
      }),
    );
  addExamples(command, [
    ['trace-build profile convert my.json --to systemd', 'SystemCallFilter= for a unit'],
    ['trace-build profile convert my.json --to spo --name builder | kubectl apply -f -', 'for Kubernetes'],
  ]);
};

/** By content: JSON, a unit's keys, a Kubernetes object, else a minijail policy. */
function formOf(text: string): Form {
  if (/^\s*\{/.test(text)) return /"kind"\s*:\s*"SeccompProfile"/.test(text) ? 'spo' : 'docker';
  if (/^\s*SystemCall\w+\s*=/m.test(text)) return 'systemd';
  return /^kind:\s*SeccompProfile/m.test(text) ? 'spo' : 'minijail';
}

/** Whole numbers as numbers where they stay exact: the reader of YAML gives bigints, so that 64-bit values survive. */
function withNumbers(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (Array.isArray(value)) return value.map(withNumbers);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withNumbers(each)]));
}

async function readForm(form: Form, text: string, file: string): Promise<Result<Converted<Profile>>> {
  const placed = <T>(result: Result<T>): Result<T> => {
    if (result.ok) return result;
    const { kind, what, ...more } = result.failure;
    return fail(kind, what, { ...more, where: { file, ...more.where } });
  };
  if (form === 'systemd') {
    return placed((await import('../../../core/seccomp/formats/systemd.ts')).fromSystemd(text));
  }
  if (form === 'minijail') {
    return placed((await import('../../../core/seccomp/formats/minijail.ts')).fromMinijail(text));
  }
  const [{ readProfileJson }, { parseProfile }] = await Promise.all([
    import('../../../core/seccomp/profile/readJson.ts'),
    import('../../../core/seccomp/profile/schema.ts'),
  ]);
  let document: unknown;
  if (form === 'spo' && !/^\s*\{/.test(text)) {
    const { parseDocument } = await import('yaml');
    const parsed = parseDocument(text, { intAsBigInt: true });
    const [wrong] = parsed.errors;
    if (wrong) return fail('input', `not valid YAML: ${wrong.message.split('\n')[0]}`, { where: { file } });
    document = withNumbers(parsed.toJS());
  } else {
    const json = readProfileJson(text, file);
    if (!json.ok) return json;
    document = json.value;
  }
  const { fromSpo } = await import('../../../core/seccomp/formats/documents.ts');
  const opened = form === 'spo' ? fromSpo(document) : { value: document, lost: [] };
  const profile = parseProfile(opened.value, file);
  return profile.ok ? ok({ value: profile.value, lost: opened.lost }) : profile;
}

async function writeForm(
  form: Form,
  profile: Profile,
  arch: import('../../../core/linux/abi.ts').Abi,
  name: string,
): Promise<Converted<string>> {
  const { jsonText, toDocker, toOci, toSpo } = await import('../../../core/seccomp/formats/documents.ts');
  if (form === 'docker') {
    const { value, lost } = toDocker(profile);
    return { value: jsonText(value), lost };
  }
  const [{ flatten }, { newestCaps }] = await Promise.all([
    import('../../../core/seccomp/formats/flatten.ts'),
    import('../../../core/hosts/shipped.ts'),
  ]);
  const caps = newestCaps('docker').map((cap) => `CAP_${cap.replace(/^CAP_/, '')}`);
  const flat = flatten(profile, { arch, caps: new Set(caps) });
  const losing = <T>({ value, lost }: Converted<T>, text: (value: T) => string): Converted<string> => ({
    value: text(value),
    lost: [...flat.lost, ...lost],
  });
  switch (form) {
    case 'oci':
      return losing(toOci(flat.value), jsonText);
    case 'spo': {
      const { stringify } = await import('yaml');
      return losing(toSpo(flat.value, name), (value) =>
        stringify(value, { lineWidth: 100, flowCollectionPadding: false }),
      );
    }
    case 'systemd':
      return losing((await import('../../../core/seccomp/formats/systemd.ts')).toSystemd(flat.value), String);
    case 'minijail':
      return losing(
        (await import('../../../core/seccomp/formats/minijail.ts')).toMinijail(flat.value),
        String,
      );
  }
}
