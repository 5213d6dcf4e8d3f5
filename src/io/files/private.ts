import { randomBytes } from 'node:crypto';
import { homedir, hostname, userInfo } from 'node:os';
import type { FoundNames } from '../../core/redaction/redactNames.ts';

/** Names of this machine and its user with those found elsewhere, to be hidden in what is published; a key for the hashes of paths. */
export function personal(found: FoundNames): {
  readonly users: readonly string[];
  readonly homes: readonly string[];
  readonly hosts: readonly string[];
  readonly salt: string;
} {
  let user: string | undefined;
  try {
    user = userInfo().username;
  } catch {
    // No entry in the password table: a container with a bare user id.
  }
  return {
    users: [...(user === undefined ? [] : [user]), ...found.users],
    homes: [homedir()],
    hosts: [hostname(), ...found.hosts],
    salt: randomBytes(16).toString('hex'),
  };
}
