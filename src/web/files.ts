import { type Manifest, parseManifest } from '../core/documents/manifest.ts';
import { fail, ok, type Result } from '../core/failure.ts';
import { readProfileJson } from '../core/seccomp/profile/readJson.ts';

/** What was dropped on the page, told apart by content. */
export interface Dropped {
  readonly traces: readonly File[];
  readonly manifest: Manifest | undefined;
  readonly profiles: ReadonlyMap<string, unknown>;
  /** JSON documents of run, replay, minimize or report. */
  readonly result: { readonly text: string; readonly name: string } | undefined;
}

const GZIP = [0x1f, 0x8b];
const ZSTD = [0x28, 0xb5, 0x2f, 0xfd];

async function startsWith(file: File, bytes: readonly number[]): Promise<boolean> {
  const head = new Uint8Array(await file.slice(0, bytes.length).arrayBuffer());
  return bytes.every((byte, index) => head[index] === byte);
}

/** The bytes of a trace, decompressed, in chunks; `taken` is told how much of the file was read. */
export async function* bytesOf(file: File, taken: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  let seen = 0;
  const counted = file.stream().pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller) {
        seen += chunk.length;
        taken(seen);
        controller.enqueue(chunk);
      },
    }),
  );
  const gzip = await startsWith(file, GZIP);
  const reader = (gzip ? counted.pipeThrough(new DecompressionStream('gzip')) : counted).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

/** What was dropped, by what it is: traces, profiles, a manifest, a result. Refuses empty files and zstd. */
export async function sortFiles(files: readonly File[]): Promise<Result<Dropped>> {
  const traces: File[] = [];
  const profiles = new Map<string, unknown>();
  let manifest: Manifest | undefined;
  let result: Dropped['result'];
  for (const file of files) {
    if (file.size === 0) return fail('input', 'the file is empty', { where: { file: file.name } });
    if (await startsWith(file, ZSTD)) {
      return fail('input', 'a browser does not read zstd', {
        where: { file: file.name },
        hint: 'decompress it first (zstd -d), or use the command line',
      });
    }
    const head = await file.slice(0, 512).text();
    if (!/^\ufeff?\s*\{/.test(head)) {
      traces.push(file);
      continue;
    }
    const text = (await file.text()).replace(/^\ufeff/, '');
    const json = readProfileJson(text, file.name);
    if (!json.ok) return json;
    const schema = (json.value as { schema?: unknown }).schema;
    if (schema === 'trace-build/manifest@1') {
      const parsed = parseManifest(json.value, file.name);
      if (!parsed.ok) return parsed;
      manifest ??= parsed.value;
    } else if (typeof schema === 'string' && schema.startsWith('trace-build/')) {
      result = { text, name: file.name };
    } else profiles.set(file.name, json.value);
  }
  return ok({ traces, manifest, profiles, result });
}
