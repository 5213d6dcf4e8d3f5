import type { MinimizeDocument } from '../../core/documents/minimize.ts';
import { allowlistNotes } from '../phrases/allowlist.ts';
import { plural } from '../phrases/text.ts';
import { wrap } from './wrap.ts';

/** The allowlist of recorded traces for people; it was written to `path`. */
export function renderMerged(
  document: MinimizeDocument,
  files: readonly string[],
  path: string,
  width: number,
): string {
  const entries = document.allowlist ?? [];
  const used = entries.filter(({ why }) => why === 'used');
  const others = entries.length - used.length;
  const out = [
    wrap(
      `${plural(used.length, 'syscall')} of ${plural(files.length, 'trace')}, ${others} more for the runtimes and any process; written to ${path}`,
      width,
      '  ',
    ),
  ];
  for (const file of files) {
    const only = used.filter(({ origins }) => origins.length === 1 && origins[0] === file);
    const names = only.map(({ name }) => name).join(', ');
    out.push(wrap(`  only in ${file}: ${names || 'none'}`, width, '    '));
  }
  for (const text of allowlistNotes(document)) out.push(wrap(text, width, '  '));
  for (const note of document.notes) out.push(wrap(`Note: ${note}.`, width, '  '));
  return `${out.join('\n')}\n`;
}
