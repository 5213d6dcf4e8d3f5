import { homedir, hostname, userInfo } from 'node:os';

/** Names of this machine and its user, to be hidden in what is published. */
export function personal(): {
  readonly users: readonly string[];
  readonly homes: readonly string[];
  readonly hosts: readonly string[];
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
  };
}
