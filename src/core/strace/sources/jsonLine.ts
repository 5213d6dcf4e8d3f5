/** A text that a record of a log holds, and where: `log`, `MESSAGE`, `jsonPayload.message`. */
export interface JsonText {
  readonly key: string;
  readonly text: string;
}

/** All texts of a line that is one JSON object (json-file, journald, fluentd, Loki, cloud logs); undefined for another line. */
export function textsOfJson(line: string): readonly JsonText[] | undefined {
  const text = line.trimEnd().replace(/,$/, '');
  if (!text.startsWith('{') || !text.endsWith('}')) return undefined;
  try {
    const found: JsonText[] = [];
    collect(JSON.parse(text), '', found, 0);
    return found;
  } catch {
    return undefined;
  }
}

function collect(value: unknown, key: string, found: JsonText[], depth: number): void {
  if (typeof value === 'string') found.push({ key, text: value });
  else if (isBytes(value)) found.push({ key, text: String.fromCharCode(...value) });
  else if (typeof value === 'object' && value !== null && depth < 3) {
    for (const [name, inner] of Object.entries(value)) {
      collect(inner, key === '' ? name : `${key}.${name}`, found, depth + 1);
    }
  }
}

/** journald writes a message with control characters as an array of its bytes. */
function isBytes(value: unknown): value is number[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((byte) => Number.isInteger(byte) && byte >= 0 && byte < 256)
  );
}
