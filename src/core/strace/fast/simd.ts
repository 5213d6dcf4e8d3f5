import { type Classifier, FIELDS } from './classify.ts';
import { SCANNER } from './simd.gen.ts';

/** The little of WebAssembly that is used here: this part of the program knows no platform's types. */
interface Platform {
  readonly WebAssembly?: {
    readonly Module: new (bytes: Uint8Array) => object;
    readonly Instance: new (module: object) => { readonly exports: object };
  };
}

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  text(): number;
  records(): number;
  capacity(): number;
  lines(): number;
  addName(size: number): number;
  addErrno(size: number): number;
  scan(from: number, to: number, most: number): number;
  reset(): void;
}

let module: object | undefined;
let missing = false;
/** Of traces that were read: an instance reserves much address space, and is fast only after a while. */
const free: SimdClassifier[] = [];

/** The classifier of native/scanner/scan.c: several times as fast, the same answers. Undefined where it can't run. */
export function simdClassifier(): Classifier | undefined {
  const platform = (globalThis as Platform).WebAssembly;
  if (missing || !platform) return undefined;
  const used = free.pop();
  if (used) return used;
  try {
    module ??= new platform.Module(fromBase64(SCANNER.wasm));
    return new SimdClassifier(new platform.Instance(module).exports as Exports);
  } catch {
    // No SIMD on this processor, or a page whose policy forbids it.
    missing = true;
    return undefined;
  }
}

/** Gives one back that is needed no more. */
export function release(classifier: Classifier): void {
  if (!(classifier instanceof SimdClassifier)) return;
  classifier.reset();
  free.push(classifier);
}

class SimdClassifier implements Classifier {
  readonly records: Int32Array;
  readonly capacity: number;
  readonly most: number;
  readonly #exports: Exports;
  readonly #text: Uint8Array;

  constructor(exports: Exports) {
    this.#exports = exports;
    this.capacity = exports.capacity();
    this.most = exports.lines();
    this.records = new Int32Array(exports.memory.buffer, exports.records(), this.most * FIELDS);
    this.#text = new Uint8Array(exports.memory.buffer, exports.text(), this.capacity);
  }

  load(bytes: Uint8Array, from: number, to: number): void {
    this.#text.set(bytes.subarray(from, to));
  }

  scan(from: number, to: number, most: number): number {
    return this.#exports.scan(from, to, most);
  }

  reset(): void {
    this.#exports.reset();
  }

  addName(name: Uint8Array): number {
    return this.#add(name, (size) => this.#exports.addName(size));
  }

  addErrno(errno: Uint8Array): number {
    return this.#add(errno, (size) => this.#exports.addErrno(size));
  }

  /** The key goes where the text is, which is put back. */
  #add(key: Uint8Array, add: (size: number) => number): number {
    if (key.length > 64) return -1;
    const kept = this.#text.slice(0, key.length);
    this.#text.set(key);
    const index = add(key.length);
    this.#text.set(kept);
    return index;
  }
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

function fromBase64(text: string): Uint8Array {
  const size = Math.floor((text.replace(/(?<!=)=+$/, '').length * 3) / 4);
  const bytes = new Uint8Array(size);
  for (let at = 0, word = 0, bits = 0, byte = 0; byte < size; at++) {
    word = ((word << 6) | DIGITS.indexOf(text[at]!)) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[byte++] = word >> bits;
    }
  }
  return bytes;
}
