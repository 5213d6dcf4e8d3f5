import { ENGINE_TITLES } from './engineTitles.ts';

/** `docker@20.10.0–20.10.9,arch=arm` for people: `Docker 20.10.0–20.10.9, arch=arm`. */
export function hostTitle(expression: string): string {
  const { engine, version, refinements } = splitExpression(expression);
  const title = Object.hasOwn(ENGINE_TITLES, engine) ? ENGINE_TITLES[engine] : undefined;
  if (title === undefined || version === '') return expression.replaceAll(',', ', ');
  return `${title} ${version}${refinements.replaceAll(',', ', ')}`;
}

export interface ExpressionParts {
  readonly engine: string;
  /** Empty where the expression has none (`unconfined`, `profile:…`). */
  readonly version: string;
  /** From the first comma on, comma included. */
  readonly refinements: string;
}

/** The parts of a host expression, or of a range of them; nothing is looked up. */
export function splitExpression(expression: string): ExpressionParts {
  const comma = expression.startsWith('profile:') ? -1 : expression.indexOf(',');
  const head = comma < 0 ? expression : expression.slice(0, comma);
  const refinements = comma < 0 ? '' : expression.slice(comma);
  const at = head.startsWith('profile:') ? -1 : head.indexOf('@');
  return at < 0
    ? { engine: head, version: '', refinements }
    : { engine: head.slice(0, at), version: head.slice(at + 1), refinements };
}
