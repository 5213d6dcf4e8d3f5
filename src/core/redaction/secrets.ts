import { OptionSecrets } from './optionSecrets.ts';
import { SECRET_NAME } from './secretNames.ts';

export { namesSecret } from './secretNames.ts';

/** Shapes of credentials, and the words before them. Everything that matches is replaced as a whole. */

/** What stands in the place of a secret. */
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
    'GOCSPX-[\\w-]{4,}',
    'ATATT[\\w-]{8,}',
    'glsa_\\w{4,}',
    'do[opr]_v1_\\w{4,}',
    'xapp-[\\w-]{4,}',
    'hv[sbr]\\.[\\w-]{8,}',
    'cio[A-Za-z0-9]{32}',
    'shp(?:at|ca|pa|ss)_\\w{4,}',
    'whsec_\\w{4,}',
    'rubygems_\\w{8,}',
    'nvapi-[\\w-]{8,}',
    'tskey-[\\w-]{8,}',
    'sntry[su]_[\\w+/=]{8,}',
    'lin_api_\\w{8,}',
    'dapi[0-9a-f]{8,}',
    'pul-[0-9a-f]{8,}',
    'hooks\\.slack\\.com/services/[\\w/]+',
  ].join('|'),
  'gi',
);

const KEY_BLOCK =
  /-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|$)/g;
const AUTHORIZATION = /\b(bearer|basic|digest|token|negotiate)( +)[\w.+/=~:-]{4,}/gi;
const URL_LOGIN = /(\w[\w+.-]*:\/\/)[^\s/@:"']*(?::[^\s/"']*)?@/g;

/** A value: in quotes up to their end, else up to what can't be in one. */
const VALUE = '\\\\"[^"]*(?:"|$)|"(?:[^"\\\\]|\\\\[\\s\\S])*(?:"|$)|\\\\?\'[^\']*(?:\'|$)|[^\\s"\',;&]+';
const ASSIGNED = new RegExp(`(${SECRET_NAME})(\\\\?["']?\\s*[=:]\\s*)(${VALUE})`, 'gi');
/** `"auth": "…"`: short words as keys of JSON. */
const KEYED_SHORT = new RegExp(
  `(\\\\?["'](?:pass|pw|pat|sig|signature|user(?:name)?|login|account|dsn|auth|bearer)\\\\?["']\\s*:\\s*)(?=\\\\?["'])(${VALUE})`,
  'gi',
);
/** A header of cookies: all of them. */
const COOKIES = /\b((?:set-)?cookie2?:\s*)[^"'\n]+/gi;
/** Shorter words, which need more around them: `DB_PASS=`, `?sig=`, `username=`, `DEPLOY_KEY=`. */
const ASSIGNED_SHORT =
  /((?<![a-z])(?:pass|pw|pat|sig|signature|user(?:name)?|login|account|dsn|auth|bearer|x-amz-[\w-]+)|[?&](?:key|code)|[a-z0-9]_(?:key|creds?|salt))=([^\s"',;&]+)/gi;
/** `echo SECRET | docker login --password-stdin`; a variable is none yet. */
const PIPED =
  /\b((?:echo|printf)(?: +-\w+)* +)(?!["']?\$)('[^']*'|"[^"]*"|[^\s|;&"']+)(?= *\| *[^|;&]*(?:--(?:password|pass|token)-stdin|--with-token|\bsudo +-\w*S|\b(?:ch)?passwd\b|--passphrase-fd|-passin stdin))/g;
const PASS_PHRASE = /\b(pass:)[^\s"',;]+/g;

/** A secret in the quotes that `value` stands in. */
function quotedSecret(value: string): string {
  const [open = ''] = /^\\?["']/.exec(value) ?? [];
  return open !== '' && value.length > open.length && value.endsWith(open)
    ? open + SECRET + open
    : open + SECRET;
}

/** Replaces credentials in any text. */
export function hideSecrets(text: string): string {
  if (text.length < 4) return text;
  return hideOptions(text)
    .replace(KEY_BLOCK, SECRET)
    .replace(PIPED, `$1${SECRET}`)
    .replace(URL_LOGIN, `$1${SECRET}@`)
    .replace(AUTHORIZATION, (match: string, scheme: string, space: string) =>
      /^(?:token|basic|digest)$/i.test(scheme) && match.length < scheme.length + space.length + 8
        ? match
        : `${scheme}${space}${SECRET}`,
    )
    .replace(COOKIES, `$1${SECRET}`)
    .replace(ASSIGNED, (match: string, name: string, sign: string, value: string) =>
      value.includes(SECRET) || /^(?:bearer|basic|digest|token|negotiate)$/i.test(value)
        ? match
        : `${name}${sign}${quotedSecret(value)}`,
    )
    .replace(KEYED_SHORT, (_, key: string, value: string) => key + quotedSecret(value))
    .replace(ASSIGNED_SHORT, (match: string, name: string, value: string) =>
      value.startsWith(SECRET) ? match : `${name}=${SECRET}`,
    )
    .replace(PASS_PHRASE, `$1${SECRET}`)
    .replace(TOKENS, SECRET);
}

/** A command line inside a text: `sh -c "mysql -pSECRET"`. */
function hideOptions(text: string): string {
  if (!/\s-/.test(text)) return text;
  let options = new OptionSecrets();
  return text.replace(/[;|&]+|(?:'[^']*'|"(?:[^"\\]|\\.)*"|[^\s'";|&])+/g, (word) => {
    if (/^[;|&]/.test(word)) {
      options = new OptionSecrets();
      return word;
    }
    const bare = word.replace(/['"]/g, '');
    const shown = options.next(bare, SECRET);
    if (shown !== bare) return shown;
    return /^['"].*\s.*['"]$/s.test(word) ? word[0] + hideSecrets(word.slice(1, -1)) + word.at(-1) : word;
  });
}

/** The words of one command line, each shown by `show` where it is not a secret by what stands before it. */
export function hideWords(words: readonly string[], show: (word: string) => string): string[] {
  const options = new OptionSecrets();
  return words.map((word) => {
    const shown = options.next(word, SECRET);
    return shown === SECRET ? SECRET : show(shown);
  });
}
