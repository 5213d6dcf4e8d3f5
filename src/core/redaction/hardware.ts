import { isHardware } from './addresses.ts';
import { ALNUM, classAt, runEnd } from './characters.ts';
import { applyFindings, type Finding } from './findings.ts';

const COLON = 0x3a;

/** Hardware addresses; strace prints them without quotes, older ones byte by byte: `sll_addr=[0x02, 0x42, …]`. */
export function hideHardware(text: string): string {
  if (!text.includes(':') && !text.includes('sll_addr=[')) return text;
  const findings: Finding[] = [];
  for (let at = 0; at < text.length; ) {
    if ((classAt(text, at) & ALNUM) === 0) {
      at++;
      continue;
    }
    let end = at;
    while (end < text.length && ((classAt(text, end) & ALNUM) !== 0 || text.charCodeAt(end) === COLON)) end++;
    if (end - at === 17 && isHardware(text.slice(at, end), ':')) {
      findings.push({ start: at, end, shown: '00:00:00:00:00:00' });
    }
    at = end;
  }
  for (let at = text.indexOf('sll_addr=['); at !== -1; at = text.indexOf('sll_addr=[', at + 1)) {
    const start = at + 'sll_addr=['.length;
    for (let byte = start; text.startsWith('0x', byte); ) {
      const end = runEnd(text, byte, ALNUM);
      findings.push({ start: byte, end, shown: '0' });
      byte = text.startsWith(', ', end) ? end + 2 : end;
    }
  }
  return applyFindings(text, findings);
}
