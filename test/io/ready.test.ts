import { expect, it } from 'vitest';
import type { JobResult } from '../../src/io/engines/engine.ts';
import { parseReady, readinessOf, readReadiness } from '../../src/io/recording/ready.ts';

it('says of a server that puts itself in the background that it has to stay', () => {
  const readiness = readinessOf(parseReady('80'));
  const why = (status: number): string | undefined => {
    const ended: JobResult = { ended: 'exited', exit: { status }, seconds: 0, stdout: '', stderr: '' };
    return readReadiness(ended, { ready: false }, readiness).why;
  };
  expect(why(0)).toContain('in the foreground');
  expect(why(1)).toBe('ended with status 1 before it was ready');
});
