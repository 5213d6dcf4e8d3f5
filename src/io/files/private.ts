import { randomBytes } from 'node:crypto';
import { homedir, hostname, userInfo } from 'node:os';

/** Names of this machine and its user, to be hidden in what is published, and a key for the hashes of paths. */
export function personal(): {
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
    users: user === undefined ? [] : [user],
    homes: [homedir()],
    hosts: [hostname()],
    salt: randomBytes(16).toString('hex'),
  };
}
