import type { Experiment, Observation, Request } from './problem.ts';
import type { Asking } from './state.ts';

/** Runs a search whose experiments are answered at once: for tests, benchmarks and predictions. */
export function drive<T>(
  asking: Asking<T>,
  answer: (experiment: Experiment, request: Request) => Observation | 'stop',
): T {
  let step = asking.next();
  while (!step.done) step = asking.next(answer(step.value.need, step.value));
  return step.value;
}
