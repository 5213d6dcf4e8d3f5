import { classAt, DIGIT, LOWER, UPPER, WORD } from './characters.ts';

/** What the value under a name is; undefined when nothing says that it is private. */
export type NameKind = 'secret' | 'authorization' | 'cookie' | 'user' | 'identity' | 'host' | 'serial';

/** A part of a name that ends so makes its value a secret: `dbpassword`, `authtoken`. */
const SECRET_ENDING =
  /(?:passw(?:or)?d|passwort|kennwort|contrase(?:n|ñ)a|senha|wachtwoord|passord|losenord|motdepasse|passphrase|rootpw|userpw|dbpw|paperkey|pwd|secrets?|tokens?|apikey|accesskey|privatekey|secretkey|authkey|signingkey|encryptionkey|masterkey|accountkey|licensekey|sshkey|deploykey|credentials?|creds|passcode)$/;
/** Parts that are a secret when they are the last or the only one. */
const SECRET_PART =
  /^(?:pass|passw|pw|pat|sig|signature|dsn|auth|bearer|otp|totp|psk|jwt|hmac|passin|passout|storepass|keypass|mnemonic|pin|cookies?|salt|nonce|sas|sshpass|dbpass|userpass|userpwd|mypass|pgpass|smtppass|adminpass|rootpass|ftppass|becomepass|requirepass|masterauth|passwordeval|extpass|passcommand)$/;
/** `…_key`: whose key is not private. */
const PUBLIC_KEY =
  /^(?:public|pub|primary|foreign|sort|partition|cache|host|hot|index|unique|gpg|apt|group|order|map|dict|row|col|range|hash|routing|shortcut|lookup|object|registry|repo|repository|lock|arrow|function|meta|any|the|by|no|a|known)$/;
/** What stands behind a secret word when the value is not the secret: its length, its file, who asks for it. */
const ABOUT =
  /^(?:len|length|size|count|max|min|num|number|file|files|filename|path|dir|directory|folder|name|names|type|ttl|expiry|expires|expiration|timeout|policy|stdin|fd|prompt|url|uri|endpoint|version|enabled?|disabled?|required?|require|store|storage|manager|helper|provider|bucket|bits|algorithm|alg|format|field|header|rotation|limit|rounds|cmd|command|program|ask|askpass|env|var|source|mode|mount|agent|socket|sock|cache|server|service|group|scope|class|test|tests|lib|module|plugin|check|checker|validator|count|ring|attempts|retries|interval|lifetime|support|backend|h|c|o|so|py|js|ts|go|rs|txt|json|yaml|yml|html|md)$/;
/** Keys that are secret, whatever is behind the word: `API_KEY_PROD`. */
const KEYS = /(?:^|_)(?:api|access|secret|auth|signing|encryption|deploy|license|master)_key(?:_|$)/;
/** How many, not which: `max_tokens`. */
const AMOUNT = /^(?:max|min|num|n|total|count|nr)$/;
const USER =
  /^(?:user|username|userid|uid|usr|loginuser|logname|loginname|login|user_name|accountname|sudouser|runas|useremail|email|mail)$/;
const HOST =
  /^(?:host|hostname|server|servername|nodename|fqdn|hostaddr|pghost|dbhost|peer|gateway|nameserver|proxyhost|httpproxy|httpsproxy|allproxy|ftpproxy|bootstrapservers|display)$/;
const SERIAL = /^(?:serial|serialnumber|serialno|machineid|bootid|hostid|guid|uuid)$/;
/** Accounts of git, by the settings and variables that hold them. */
const IDENTITY =
  /^(?:user\.(?:name|email)|(?:author|committer)\.(?:name|email)|git_(?:author|committer)_(?:name|email)|(?:deb)?(?:full)?name_?of_?packager|debfullname|debemail|email|author|committer|maintainer|packager)$/;

const LONGEST = 120;
const known = new Map<string, NameKind | undefined>();

/** What stands under a name: a variable, an option with its dashes, a key of JSON or YAML, a header. */
export function kindOfName(name: string): NameKind | undefined {
  if (name.length > LONGEST) return undefined;
  if (known.has(name)) return known.get(name);
  const kind = decide(name);
  if (known.size > 5_000) known.clear();
  known.set(name, kind);
  return kind;
}

/** Whether a value under this name is a secret: `password`, `aws_secret_access_key`. */
export function namesSecret(name: string): boolean {
  const kind = kindOfName(name);
  return kind === 'secret' || kind === 'authorization' || kind === 'cookie';
}

function decide(raw: string): NameKind | undefined {
  // -Dname=…, -Pname=…: the letter is the option.
  const option = /^-+/.exec(raw)?.[0].length ?? 0;
  const name = raw.slice(option);
  const kind = kindOfParts(name, option);
  if (kind !== undefined || option !== 1 || name.length < 3) return kind;
  return kindOfParts(name.slice(1), 2);
}

function kindOfParts(name: string, option: number): NameKind | undefined {
  const lower = name.toLowerCase();
  if (/^(?:proxy-?)?authorization$/.test(lower)) return 'authorization';
  if (/^(?:set-)?cookie2?$/.test(lower)) return 'cookie';
  if (IDENTITY.test(lower)) return 'identity';
  const parts = partsOf(name);
  const last = parts.at(-1);
  if (last === undefined) return undefined;
  const joined = parts.join('');
  const secret = parts.some((part) => SECRET_ENDING.test(part));
  if (!secret && (USER.test(joined) || USER.test(last))) return 'user';
  if (!secret && (HOST.test(joined) || HOST.test(last))) return 'host';
  if (ABOUT.test(last) || AMOUNT.test(parts[0]!)) return undefined;
  if (secret || SECRET_ENDING.test(joined)) {
    return parts.length > 1 && /^(?:bucket|type|izer|s)$/.test(last) ? undefined : 'secret';
  }
  if (SECRET_PART.test(last) && !(option === 1 && parts.length === 1 && last.length < 4)) return 'secret';
  const before = parts.at(-2);
  if (before !== undefined && last === 'key' && !PUBLIC_KEY.test(before)) return 'secret';
  if (KEYS.test(parts.join('_'))) return 'secret';
  if (
    /(?:api|access|private|secret|auth|account|signing|encryption|client)key(?:id|data|pem|base64|b64)?$/.test(
      joined,
    )
  )
    return 'secret';
  if (
    /^x(?:api|auth|amz|vault|access|session|csrf|goog)/.test(joined) &&
    /(?:auth|key|token|signature|credential|session|security)/.test(joined)
  )
    return 'secret';
  if (/^(?:sessionid|sid|phpsessid|jsessionid|connectsid)$/.test(joined)) return 'secret';
  if (/^data-(?:raw-)?pass/.test(lower)) return 'secret';
  if (SERIAL.test(last) || SERIAL.test(joined)) return 'serial';
  return undefined;
}

/** The words of a name, lower-case, without digits behind: `dbPassword2` is db, password. */
function partsOf(name: string): readonly string[] {
  const parts: string[] = [];
  let start = 0;
  const end = (at: number): void => {
    let to = at;
    while (to > start && (classAt(name, to - 1) & DIGIT) !== 0) to--;
    if (to > start) parts.push(name.slice(start, to).toLowerCase());
    else if (at > start && parts.length === 0) parts.push(name.slice(start, at));
    start = at;
  };
  for (let at = 0; at < name.length; at++) {
    const bits = classAt(name, at);
    if ((bits & WORD & ~8) === 0) {
      end(at);
      start = at + 1;
    } else if (
      (bits & UPPER) !== 0 &&
      at > start &&
      ((classAt(name, at - 1) & (LOWER | DIGIT)) !== 0 ||
        ((classAt(name, at - 1) & UPPER) !== 0 &&
          (classAt(name, at + 1) & LOWER) !== 0 &&
          at + 1 < name.length))
    ) {
      end(at);
    }
  }
  end(name.length);
  return parts;
}
