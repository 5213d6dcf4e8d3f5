/** How engines, package managers and libc put it that there is no network, or no way to a server. */
const WORDS =
  /network \S+ not found|no such host|temporary failure (?:in name resolution|resolving)|could(?: not|n['’]t) resolve|network is unreachable|no route to host|connection (?:refused|timed out)|i\/o timeout|TLS handshake timeout|bad address|server misbehaving/i;

/** The last line that says so. */
export function networkTrouble(said: string): string | undefined {
  const lines = said.split('\n').map((line) => line.slice(0, MOST));
  const line = lines.findLast((one) => WORDS.test(one));
  // Without BuildKit's numbers and times, and the classic builder's colours.
  return line
    ?.replace(/\x1b\[\d+m/g, '')
    .trim()
    .replace(/^(?:#\d+ )?\d+\.\d+ /, '');
}

/** Of a line; what a builder quotes of a long script says nothing of a network. */
const MOST = 1000;
