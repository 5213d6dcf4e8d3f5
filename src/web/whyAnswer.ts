import { why } from '../commands/why.ts';
import { ok, type Result } from '../core/failure.ts';
import { resolveHost, type Surroundings } from '../core/hosts/resolve/resolve.ts';
import { conclusionPhrase } from '../render/phrases/why.ts';
import { renderWhy } from '../render/text/why.ts';
import type { Explained, Pasted } from './messages.ts';

/** What the pasted text points to, in the words of `trace-build why`; plain text, to be shown as such. */
export async function whyAnswer(pasted: Pasted, surroundings: Surroundings): Promise<Result<Explained>> {
  const host = pasted.on === '' ? undefined : await resolveHost(pasted.on, surroundings);
  if (host && !host.ok) return host;
  const input = { name: 'message', chunks: [new TextEncoder().encode(pasted.text)] };
  const document = await why(input, surroundings, host ? { host: host.value } : {});
  // The conclusion stands alone, where a screen reader announces it; the text goes on behind it.
  const text = renderWhy(document, pasted.columns, false);
  const end = text.indexOf('\n\n');
  return ok({
    isRefused: document.conclusion === 'refused',
    conclusion: conclusionPhrase(document),
    rest: end < 0 ? '' : text.slice(end + 2),
  });
}
