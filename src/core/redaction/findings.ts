/** What takes the place of a secret. */
export const SECRET = '[secret]';

/** A part of a text that must not be seen, and what is shown instead. */
export interface Finding {
  readonly start: number;
  readonly end: number;
  readonly shown: string;
}

/** Where scanners put what they find. Names are to be hidden from then on wherever they stand. */
export interface Sink {
  hide(start: number, end: number, shown: string): void;
  /** Hides an account's name and keeps it in mind. */
  user(start: number, end: number, name: string): void;
  /** Hides a machine's name and keeps it in mind. */
  host(start: number, end: number, name: string): void;
  /** Hides an IP address; equal ones look equal. */
  address(start: number, end: number, address: string): void;
}

/** The text with all findings replaced. Of overlapping ones the outer counts; where neither is, both are a secret. */
export function applyFindings(text: string, findings: Finding[]): string {
  if (findings.length === 0) return text;
  findings.sort((a, b) => a.start - b.start || b.end - a.end);
  let shown = '';
  let from = 0;
  let { start, end, shown: instead } = findings[0]!;
  for (let index = 1; index <= findings.length; index++) {
    const next = findings[index];
    if (next !== undefined && next.start < end) {
      if (next.end <= end) continue;
      end = next.end;
      instead = SECRET;
      continue;
    }
    shown += text.slice(from, start) + instead;
    from = end;
    if (next !== undefined) ({ start, end, shown: instead } = next);
  }
  return shown + text.slice(from);
}
