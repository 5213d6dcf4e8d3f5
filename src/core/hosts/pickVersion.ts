import { fail, ok, type Result } from '../failure.ts';
import { ENGINE_TITLES } from '../linux/engineTitles.ts';
import { loadEngine } from './engines.ts';
import type { EngineFamily, EngineName } from './family.ts';
import type { Lines } from './resolve/surroundings.ts';
import { place, standInNote } from './standIn.ts';
import { parseVersion, type Version } from './version.ts';
import { nearest, orList } from './words.ts';

export interface PickedVersion {
  readonly version: Version;
  /** True when the user named none, or one that another stands in for. */
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

/** `20.10.5`, `20.10` (a release of that line), `latest` or nothing (newest release); otherwise what stands in, or the nearest valid ones. */
export function pickVersion(
  family: EngineFamily,
  text: string | undefined,
  lines: Lines = 'newest',
): Result<PickedVersion> {
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

  const placed = place(wanted, family.versions, lines);
  if (placed.kind === 'none') return unknown(family, text, placed.close);
  const note = standInNote(ENGINE_TITLES[family.name]!, wanted.text, placed, lines);
  return ok({
    version: placed.version,
    assumed: placed.kind === 'newer' || placed.kind === 'between',
    notes: note === undefined ? [] : [note],
  });
}

/**
 * The HOST expression of an engine that is at hand. A version that the tables can't place (a development build, one older
 * than all of them) is left out, so that it is assumed like any other that was not given.
 */
export async function expressionOf(name: EngineName, text: string): Promise<string> {
  const expression = `${name}@${text}`;
  return pickVersion(await loadEngine(name), text).ok ? expression : name;
}

function unknown(family: EngineFamily, text: string, close: readonly string[]): Result<never> {
  const first = family.versions[0]!.text;
  const last = family.versions.at(-1)!.text;
  return fail('usage', `${family.name}@${text} is not in the tables (${first} to ${last})`, {
    hint: `did you mean ${orList(close.map((name) => `${family.name}@${name}`))}?`,
  });
}
