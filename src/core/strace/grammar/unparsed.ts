const SAMPLES = 5;
const SAMPLE_LENGTH = 400;

/** The lines that could not be read: how many, and the first few. */
export class Unparsed {
  count = 0;
  readonly samples: { readonly line: number; readonly text: string }[] = [];

  add(text: string, line: number): void {
    this.count++;
    if (this.samples.length < SAMPLES) this.samples.push({ line, text: text.slice(0, SAMPLE_LENGTH) });
  }
}
