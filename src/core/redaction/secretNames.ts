/** A name under which a secret stands, as the source of a regular expression. */
export const SECRET_NAME =
  '[\\w.-]*(?:passw(?:or)?d|passphrase|passwd|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|auth[_-]?key|account[_-]?key|signing[_-]?key|encryption[_-]?key|credentials?|cookie|session[_-]?id|authorization|_auth)[\\w-]*';

const NAME_OF_SECRET = new RegExp(`^${SECRET_NAME}$`, 'i');

/** Whether a value under this name is a secret: `password`, `aws_secret_access_key`. */
export function namesSecret(name: string): boolean {
  return NAME_OF_SECRET.test(name) || /^(?:user(?:\.?name)?|pass|pw)$/i.test(name);
}
