import type { HostField } from '../host.ts';

const ORDER: readonly HostField[] = [
  'version',
  'runtime',
  'runtimeVersion',
  'libseccomp',
  'kernel',
  'arch',
  'caps',
];

/** What has to be told about a host besides its versions. Every step of a resolution adds to the same one. */
export class Findings {
  readonly #assumed = new Set<HostField>();
  readonly #notes: string[] = [];

  /** The user did not give this field, or gave a value that another one stands in for. */
  assume(field: HostField): void {
    this.#assumed.add(field);
  }

  /** A sentence without its full stop; none where a step has nothing to say. */
  note(...sentences: readonly (string | undefined)[]): void {
    for (const sentence of sentences) if (sentence !== undefined) this.#notes.push(sentence);
  }

  /** Fields in the order of `HostIdentity`. */
  get assumed(): readonly HostField[] {
    return ORDER.filter((field) => this.#assumed.has(field));
  }

  get notes(): readonly string[] {
    return [...this.#notes];
  }
}
