import { fail, ok, type Result } from '../failure.ts';
import type { EngineFamily } from './family.ts';
import { ENGINE_TITLES } from './ranges.ts';
import { closest, compareVersions, isOfLine, parseVersion, type Version } from './version.ts';
import { nearest, orList } from './words.ts';

export interface PickedVersion {
  readonly version: Version;
  /** True when the user named none. */
  readonly assumed: boolean;
  readonly notes: readonly string[];
}

const texts = new WeakMap<EngineFamily, ReadonlyMap<string, Version>>();

/** Whole versions as the tables write them: the usual case when every known host is asked for. */
function byText(family: EngineFamily): ReadonlyMap<string, Version> {
  let map = texts.get(family);
  if (!map) {
    map = new Map(
      family.versions.filter(({ numbers }) => numbers.length >= 3).map((each) => [each.text, each]),
    );
    texts.set(family, map);
  }
  return map;
}

/** `20.10.5`, `20.10` (newest patch), `latest` or nothing (newest release); otherwise the nearest valid ones. */
export function pickVersion(family: EngineFamily, text: string | undefined): Result<PickedVersion> {
  const exactly = text === undefined ? undefined : byText(family).get(text);
  if (exactly) return ok({ version: exactly, assumed: false, notes: [] });
  const releases = family.versions.filter(({ pre }) => pre === undefined);
  const newest = releases.at(-1)!;
  if (text === undefined || /^(?:latest|newest)$/i.test(text)) {
    return ok({ version: newest, assumed: text === undefined, notes: [] });
  }
  const wanted = parseVersion(text);
  if (!wanted)
    return unknown(
      family,
      text,
      nearest(
        text,
        releases.map(({ text: name }) => name),
      ),
    );

  const exact = family.versions.find((version) => compareVersions(version, wanted) === 0);
  if (exact && wanted.numbers.length >= exact.numbers.length)
    return ok({ version: exact, assumed: false, notes: [] });
  if (wanted.numbers.length < 3 && wanted.pre === undefined) {
    const ofLine = releases.filter((version) => isOfLine(version, wanted)).at(-1);
    if (ofLine) {
      const note = `${ENGINE_TITLES[family.name]} ${text} is taken as ${ofLine.text}, the newest of that line in the tables`;
      return ok({ version: ofLine, assumed: false, notes: ofLine.text === wanted.text ? [] : [note] });
    }
  }
  if (exact) return ok({ version: exact, assumed: false, notes: [] });
  if (wanted.numbers.length >= 3 && family.accepts(wanted))
    return ok({ version: wanted, assumed: false, notes: [] });

  return unknown(family, text, closest(wanted, releases));
}

function unknown(family: EngineFamily, text: string, close: readonly string[]): Result<never> {
  const first = family.versions[0]!.text;
  const last = family.versions.at(-1)!.text;
  return fail('usage', `${family.name}@${text} is not in the tables (${first} to ${last})`, {
    hint: `did you mean ${orList(close.map((name) => `${family.name}@${name}`))}?`,
  });
}
