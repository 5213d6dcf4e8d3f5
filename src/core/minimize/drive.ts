import type { Experiment, Request } from './problem.ts';
import type { Asking, Reply } from './state.ts';

/** Runs a search whose experiments are answered at once: for tests, benchmarks and predictions. */
export function drive<T>(asking: Asking<T>, answer: (experiment: Experiment, request: Request) => Reply): T {
  let step = asking.next();
  while (!step.done) step = asking.next(answer(step.value.need, step.value));
  return step.value;
}
