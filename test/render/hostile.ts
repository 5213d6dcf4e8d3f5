import type { Report } from '../../src/core/documents/report.ts';

/** Members that are ours or an enumeration, whatever the trace says. */
const OURS = new Set([
  'abi',
  'cause',
  'unit',
  'basis',
  'guarantee',
  'paths',
  'outcome',
  'assumed',
  'arch',
  'abis',
]);

/** The report with every string that a trace, a file name or a user can choose replaced by `payload`. */
export function poisoned(report: Report, payload: string): Report {
  const walk = (value: unknown, key: string): unknown => {
    if (OURS.has(key)) return value;
    if (typeof value === 'string') return payload;
    if (Array.isArray(value)) return value.map((item) => walk(item, key));
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, walk(item, name)]));
    }
    return value;
  };
  return walk(report, '') as Report;
}

export const PAYLOADS: readonly string[] = [
  '<script>globalThis.pwned=1</script>',
  '"><img src=x onerror="globalThis.pwned=1">',
  "' onmouseover='globalThis.pwned=1' x='",
  '</style></script></title><svg onload=globalThis.pwned=1>',
  '</pre></details></table><h1>pwned</h1>',
  '`` ``` ````<b>x</b>````\n```\n# pwned\n',
  '| x | y |\n| --- | --- |',
  '[x](javascript:globalThis.pwned=1) ![x](http://tracker.example/pixel.png)',
  '@torvalds and opencontainers/runc#1 GH-2 http://evil.example www.evil.example',
  ']]></failure><testcase name="pwned"/>&xxe;',
  '\x1b]0;pwned\x07\x1b[2J\x1b[31m\x9b31m',
  '\u202egnp.exe\u2066\u200b\ufeff',
  '\n::error::pwned\n##[error]pwned\r::add-mask::x',
  '{0} {{1}} [x](1) \\',
  '\ud800 \udfff \0 \ufffe',
];
