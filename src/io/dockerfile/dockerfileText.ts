/** One `--name=value` behind the keyword of an instruction. */
export interface Flag {
  readonly name: string;
  readonly value: string;
}

/** `NAME=value` of --build-arg, or `NAME` for the value of our environment: undefined where that has none. */
export function buildArgument(given: string): readonly [name: string, value: string | undefined] {
  const [, name = '', value] = /^([^=]*)(?:=(.*))?$/s.exec(given)!;
  return [name, value ?? process.env[name]];
}

/**
 * An instruction's text on one line, as the builders join it, behind its keyword and flags; the lines of here-documents
 * follow as they are. The parser that finds the instructions keeps indented comments, and joins here-documents.
 */
export function instructionText(
  source: { readonly lines: readonly string[]; readonly escape: string },
  first: number,
  last: number,
): { readonly text: string; readonly flags: readonly Flag[] } {
  const goesOn = source.escape === '`' ? /(^|[^`])`[ \t]*$/ : /(^|[^\\])\\[ \t]*$/;
  let at = first;
  let joined = '';
  for (; at <= last; at++) {
    const line = source.lines[at] ?? '';
    if (at > first && /^\s*(#|$)/.test(line)) continue;
    joined += line.replace(goesOn, '$1');
    if (!goesOn.test(line)) break;
  }
  const { text, flags } = withoutFlags(joined.trim().replace(/^\S+\s*/, ''));
  const hereDocuments = text.includes('<<') ? source.lines.slice(at + 1, last + 1) : [];
  return { text: [text, ...hereDocuments].join('\n'), flags };
}

function withoutFlags(joined: string): { text: string; flags: Flag[] } {
  const flags: Flag[] = [];
  const text = joined.replace(/^(?:--(?:"[^"]*"|'[^']*'|[^\s"'])+(?:\s+|$))+/, (all) => {
    for (const [, name = '', value = ''] of all.matchAll(
      /--([^\s=]+)(?:=((?:"[^"]*"|'[^']*'|[^\s"'])*))?/g,
    )) {
      flags.push({ name, value: value.replace(/["']/g, '') });
    }
    return '';
  });
  return { text, flags };
}
