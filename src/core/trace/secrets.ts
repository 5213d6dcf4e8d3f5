/** Shapes of credentials, and the words before them. Everything that matches is replaced as a whole. */

export const SECRET = '[secret]';

/** Tokens that are known by their looks. strace cuts strings short, so short rests count too. */
const TOKENS = new RegExp(
  [
    'gh[pousr]_\\w{4,}',
    'github_pat_\\w{4,}',
    'gl(?:pat|dt|rt|cbt|ptt)-[\\w-]{4,}',
    'npm_[A-Za-z0-9]{8,}',
    'pypi-[\\w-]{8,}',
    'dckr_(?:pat|oat)_[\\w-]{4,}',
    'hf_[A-Za-z0-9]{8,}',
    '(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{8,}',
    'AIza[\\w-]{8,}',
    'ya29\\.[\\w-]{8,}',
    'xox[abeprs]-[\\w-]{4,}',
    '[sr]k[-_](?:live|test|proj|ant)[-_][\\w-]{4,}',
    'sk-[\\w-]{16,}',
    'SG\\.[\\w-]{8,}(?:\\.[\\w-]+)?',
    'eyJ[\\w-]{6,}(?:\\.[\\w-]*){0,2}',
    'age-secret-key-1\\w{4,}',
  ].join('|'),
  'gi',
);

const KEY_BLOCK = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g;
const AUTHORIZATION = /\b(bearer|basic|digest|token|negotiate)( +)[\w.+/=~:-]{4,}/gi;
const URL_LOGIN = /(\w[\w+.-]*:\/\/)[^\s/@:"']*(?::[^\s/@"']*)?@/g;

const WORD =
  '[\\w.-]*(?:passw(?:or)?d|passphrase|passwd|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|auth[_-]?key|signing[_-]?key|encryption[_-]?key|credentials?|cookie|session[_-]?id|authorization|_auth)[\\w-]*';
const ASSIGNED = new RegExp(`(${WORD})(\\\\?["']?\\s*[=:]\\s*\\\\?["']?)([^\\s"',;&]+)`, 'gi');
const NAMES_SECRET = new RegExp(`^(?:--?|/)?${WORD}$`, 'i');

/** Whether the next word of a command line is a secret: `--password`, `--api-key`. */
export function announcesSecret(word: string): boolean {
  return word.startsWith('-') && NAMES_SECRET.test(word);
}

/** Replaces credentials in any text. */
export function hideSecrets(text: string): string {
  if (text.length < 4) return text;
  return text
    .replace(KEY_BLOCK, SECRET)
    .replace(URL_LOGIN, `$1${SECRET}@`)
    .replace(AUTHORIZATION, (match: string, scheme: string, space: string) =>
      /^(?:token|basic|digest)$/i.test(scheme) && match.length < scheme.length + space.length + 8
        ? match
        : `${scheme}${space}${SECRET}`,
    )
    .replace(ASSIGNED, (match: string, name: string, sign: string, value: string) =>
      value.startsWith(SECRET) || /^(?:bearer|basic|digest|token|negotiate)$/i.test(value)
        ? match
        : `${name}${sign}${SECRET}`,
    )
    .replace(TOKENS, SECRET);
}
