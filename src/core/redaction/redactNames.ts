import { hostsIn, usersIn } from './scrub.ts';

export interface FoundNames {
  readonly users: readonly string[];
  readonly hosts: readonly string[];
}

/** Finds user and host names in texts of a trace, so that they can be hidden also where nothing says what they are. */
export class NameFinder {
  readonly #users = new Set<string>();
  readonly #hosts = new Set<string>();

  add(text: string): void {
    for (const name of usersIn(text)) this.#users.add(name);
    for (const name of hostsIn(text)) this.#hosts.add(name);
  }

  get found(): FoundNames {
    return { users: [...this.#users], hosts: [...this.#hosts] };
  }
}
