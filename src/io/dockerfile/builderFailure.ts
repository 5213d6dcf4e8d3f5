import type { Failure } from '../../core/failure.ts';
import { lastLine } from '../engines/container/containerCli.ts';
import { networkTrouble } from '../engines/container/containerNetwork.ts';

/** A build that failed, in the builder's own words. */
export interface BuilderFailure {
  readonly failure: Failure;
  /** A RUN was executed and ended with another status than 0. */
  readonly exited: boolean;
  /** The line of all that was printed which says that the network was missing. */
  readonly network: string | undefined;
}

/** The ends of the classic builder's, BuildKit's, Podman's last line. */
const EXITED = /(?:returned a non-zero code:|exit code:|exit status:?) \d+$/;

/** Reads what a builder that failed wrote to its two streams. */
export function builderFailure(stderr: string, stdout: string): BuilderFailure {
  const what = lastLine(stderr) || lastLine(stdout) || 'the build failed';
  const failure = (kind: Failure['kind'], text: string, hint?: string): BuilderFailure => ({
    failure: { kind, what: text, ...(hint === undefined ? {} : { hint }) },
    exited: false,
    network: undefined,
  });
  if (stderr.includes('buildx component is missing')) {
    return failure(
      'missing',
      'BuildKit is asked for (DOCKER_BUILDKIT=1), and docker has no buildx',
      'install it, for example: apt-get install docker-buildx; or build without: DOCKER_BUILDKIT=0',
    );
  }
  if (/requires BuildKit|unknown flag: --(?:secret|ssh)$/m.test(stderr)) {
    const line = stderr.split('\n').find((one) => /requires BuildKit|unknown flag: --/.test(one))!;
    return failure(
      'missing',
      `the classic builder can't build it: ${line.trim()}`,
      'use BuildKit: DOCKER_BUILDKIT=1, with docker-buildx installed where docker asks for it',
    );
  }
  if (EXITED.test(what)) {
    const network = networkTrouble(`${stdout}\n${stderr}`);
    return { failure: { kind: 'undecided', what }, exited: true, network };
  }
  // Such as a here-document, for a builder that knows none.
  if (/dockerfile parse error|parsing main dockerfile|unknown instruction/i.test(what)) {
    return failure('input', `the builder can't read it: ${what}`);
  }
  const network = networkTrouble(what);
  return network === undefined
    ? failure('undecided', what)
    : { ...failure('undecided', `the builder has no network: ${what}`), network };
}
