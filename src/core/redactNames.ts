const HOME = /\/(?:home|Users)\/([\w.-]{2,})/g;
const NODE = /\bnodename="((?:[^"\\]|\\.)+)"/g;
/** Accounts that everybody has: to hide them would only make a trace hard to read. */
const COMMON =
  /^(?:user|root|localhost|nobody|host|runner|linuxbrew|node|ubuntu|debian|build|builder|vagrant)$/;

export interface FoundNames {
  readonly users: readonly string[];
  readonly hosts: readonly string[];
}

/** Finds user and host names in texts of a trace, so that they can be hidden also where nothing says what they are. */
export class NameFinder {
  readonly #users = new Set<string>();
  readonly #hosts = new Set<string>();

  add(text: string): void {
    if (text.includes('/home/') || text.includes('/Users/')) {
      for (const [, name] of text.matchAll(HOME)) if (!COMMON.test(name!)) this.#users.add(name!);
    }
    if (text.includes('nodename=')) {
      for (const [, name] of text.matchAll(NODE)) if (!COMMON.test(name!)) this.#hosts.add(name!);
    }
  }

  get found(): FoundNames {
    return { users: [...this.#users], hosts: [...this.#hosts] };
  }
}
