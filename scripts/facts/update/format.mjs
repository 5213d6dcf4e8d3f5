/** Files that are written one value a line throughout; the others put on a line what fits there. */
const EXPANDED = new Set(['runtimes', 'kernel-added', 'callers']);
const WIDTH = 190;

/** The text of a facts file: depends on nothing but its name and value, and differs line by line where the value does. */
export function formatFacts(name, value) {
  if (EXPANDED.has(name)) return JSON.stringify(value, null, 1);
  return `${lines(value, '', 0)}\n`;
}

function lines(value, indent, used) {
  const flat = JSON.stringify(value);
  if (value === null || typeof value !== 'object' || indent.length + used + flat.length <= WIDTH) return flat;
  const deeper = `${indent} `;
  if (Array.isArray(value)) {
    if (value.every((item) => typeof item === 'string' || typeof item === 'number'))
      return filled(value, indent);
    return `[\n${value.map((item) => deeper + lines(item, deeper, 1)).join(',\n')}\n${indent}]`;
  }
  const entries = Object.entries(value).map(([key, item]) => {
    const head = `${deeper}${JSON.stringify(key)}: `;
    return head + lines(item, deeper, head.length - deeper.length + 1);
  });
  return `{\n${entries.join(',\n')}\n${indent}}`;
}

/** Many short values: one a line, so that a new one is one line of a diff. */
function filled(value, indent) {
  return `[\n${value.map((item) => `${indent} ${JSON.stringify(item)}`).join(',\n')}\n${indent}]`;
}
