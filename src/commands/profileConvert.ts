import { fail, ok, type Result } from '../core/failure.ts';
import type { Abi } from '../core/linux/abi.ts';
import type { Converted } from '../core/seccomp/formats/documents.ts';
import type { Profile } from '../core/seccomp/profile/profile.ts';

export const PROFILE_FORMS = ['docker', 'oci', 'systemd', 'spo', 'minijail'] as const;
export type ProfileForm = (typeof PROFILE_FORMS)[number];

export interface ProfileConvertOptions {
  /** Form of the file; by its content where it is not given. */
  readonly from?: string;
  readonly to: string;
  /** For forms without conditions: they are decided for this architecture; this machine's when not given. */
  readonly arch?: string;
  /** metadata.name of a SeccompProfile; `profile` when not given. */
  readonly name?: string;
}

/** A profile's file as the text of another form, with what that form cannot express. */
export async function convertProfile(
  path: string,
  { from, to, arch, name = 'profile' }: ProfileConvertOptions,
): Promise<Result<Converted<string>>> {
  if (!isForm(to) || (from !== undefined && !isForm(from))) {
    const wrong = isForm(to) ? from : to;
    return fail('usage', `unknown form '${wrong}'`, { hint: `use one of ${PROFILE_FORMS.join(', ')}` });
  }
  const { readTextFile } = await import('../io/files/filterFile.ts');
  const text = await readTextFile(path);
  if (!text.ok) return text;
  const read = await readForm(from ?? formOf(text.value), text.value, path);
  if (!read.ok) return read;
  const { surroundings } = await import('../io/machine/hosts.ts');
  const { parseArch } = await import('../core/linux/arch.ts');
  const abi = arch === undefined ? surroundings().running.arch : parseArch(arch);
  if (!abi) return fail('usage', `unknown architecture '${arch}'`);
  const written = await writeForm(to, read.value.value, abi, name);
  return ok({ value: written.value, lost: [...read.value.lost, ...written.lost] });
}

const isForm = (word: string): word is ProfileForm => (PROFILE_FORMS as readonly string[]).includes(word);

/** By content: JSON, a unit's keys, a Kubernetes object, else a minijail policy. */
function formOf(text: string): ProfileForm {
  if (/^\s*\{/.test(text)) return /"kind"\s*:\s*"SeccompProfile"/.test(text) ? 'spo' : 'docker';
  if (/^[ \t]*SystemCall\w+[ \t]*=/m.test(text)) return 'systemd';
  return /^kind:\s*SeccompProfile/m.test(text) ? 'spo' : 'minijail';
}

/** Whole numbers as numbers where they stay exact: the reader of YAML gives bigints, so that 64-bit values survive. */
function withNumbers(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (Array.isArray(value)) return value.map(withNumbers);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withNumbers(each)]));
}

async function readForm(form: ProfileForm, text: string, file: string): Promise<Result<Converted<Profile>>> {
  const placed = <T>(result: Result<T>): Result<T> => {
    if (result.ok) return result;
    const { kind, what, ...more } = result.failure;
    return fail(kind, what, { ...more, where: { file, ...more.where } });
  };
  if (form === 'systemd') {
    return placed((await import('../core/seccomp/formats/systemd.ts')).fromSystemd(text));
  }
  if (form === 'minijail') {
    return placed((await import('../core/seccomp/formats/minijail.ts')).fromMinijail(text));
  }
  const [{ readProfileJson }, { parseProfile }] = await Promise.all([
    import('../core/seccomp/profile/readJson.ts'),
    import('../core/seccomp/profile/schema.ts'),
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
  const { fromSpo } = await import('../core/seccomp/formats/documents.ts');
  const opened = form === 'spo' ? fromSpo(document) : { value: document, lost: [] };
  const profile = parseProfile(opened.value, file);
  return profile.ok ? ok({ value: profile.value, lost: opened.lost }) : profile;
}

async function writeForm(
  form: ProfileForm,
  profile: Profile,
  arch: Abi,
  name: string,
): Promise<Converted<string>> {
  const { jsonText, toDocker, toOci, toSpo } = await import('../core/seccomp/formats/documents.ts');
  if (form === 'docker') {
    const { value, lost } = toDocker(profile);
    return { value: jsonText(value), lost };
  }
  const [{ flatten }, { newestCaps }] = await Promise.all([
    import('../core/seccomp/formats/flatten.ts'),
    import('../core/hosts/shipped.ts'),
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
      return losing((await import('../core/seccomp/formats/systemd.ts')).toSystemd(flat.value), String);
    case 'minijail':
      return losing((await import('../core/seccomp/formats/minijail.ts')).toMinijail(flat.value), String);
  }
}
