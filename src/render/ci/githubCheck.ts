import type { CheckDocument } from '../../core/documents/check.ts';
import { markdownCode as code, markdownText as text } from '../escape.ts';
import { plural } from '../phrases/text.ts';
import { command } from './workflowCommand.ts';

type Live = NonNullable<CheckDocument['live']>;
type Change = CheckDocument['fixtures'][number]['changes'][number];

const KINDS = {
  'newly-blocked': 'is newly blocked',
  'newly-allowed': 'is newly allowed',
  changed: 'is answered otherwise',
} as const;

const answers = (denials: Change['before']): string =>
  denials.length === 0 ? 'allowed' : denials.map(({ errno, cause }) => `${errno} (${cause})`).join(', ');

/** GitHub shows ten annotations of a kind for a step. */
const MOST = 10;

/** The changes of recorded fixtures and of a live run; what a live run newly calls is told by itself. */
function changesOf({
  fixtures,
  live,
}: CheckDocument): readonly { name: string; changes: readonly Change[] }[] {
  if (!live) return fixtures;
  const isNew = new Set(live.newSyscalls.map(({ syscall, abi }) => `${syscall} ${abi}`));
  const changes = live.changes.filter(({ syscall, abi }) => !isNew.has(`${syscall} ${abi}`));
  return [...fixtures, { name: live.fixture, changes }];
}

/** Whether a host that the fixture names refuses this new call: only then does the check fail. */
const gotWorse = (live: Live, syscall: string, abi: string): boolean =>
  live.changes.some((change) => change.worse && change.syscall === syscall && change.abi === abi);

/** An error for each verdict that got worse and each broken promise, one notice when nothing did. */
export function checkAnnotations(document: CheckDocument): string {
  const { fixtures, broken, promises, live, worse } = document;
  const errors = [
    ...broken.map(({ name, what }) => command('error', `${name} could not be checked`, what)),
    ...changesOf(document).flatMap(({ name, changes }) =>
      changes
        .filter((change) => change.worse)
        .map(({ host, syscall, kind, before, after }) =>
          command(
            'error',
            `${name}: ${syscall} ${KINDS[kind]} on ${host}`,
            `before: ${answers(before)}; now: ${answers(after)}`,
          ),
        ),
    ),
    ...(promises ?? [])
      .filter(({ kept }) => !kept)
      .map(({ host, fixture, broken }) =>
        command(
          'error',
          `${fixture} no longer works on ${host.expression}`,
          `refused there: ${broken.map(({ syscall, errno }) => `${syscall} (${errno})`).join(', ')}`,
        ),
      ),
    ...(live?.newSyscalls ?? [])
      .filter(({ refusedBy }) => refusedBy.length > 0)
      .map(({ syscall, abi, refusedBy }) =>
        command(
          gotWorse(live!, syscall, abi) ? 'error' : 'warning',
          `${live!.fixture} now needs ${syscall}`,
          `refused by ${refusedBy.slice(0, 5).join(', ')}`,
        ),
      ),
  ];
  if (errors.length > 0) return errors.slice(0, MOST).join('');
  return command(
    'notice',
    'trace-build check',
    worse ? 'something got worse' : `${checked(fixtures.length, live)}, nothing got worse`,
  );
}

const checked = (fixtures: number, live: CheckDocument['live']): string =>
  live ? `${live.fixture} traced again` : plural(fixtures, 'fixture');

/** Markdown for the summary of the step. */
export function checkSummary(document: CheckDocument): string {
  const { fixtures, broken, promises, live, worse } = document;
  const refusedNew = (live?.newSyscalls ?? []).filter(({ refusedBy }) => refusedBy.length > 0);
  const harmlessNew = (live?.newSyscalls ?? []).filter(({ refusedBy }) => refusedBy.length === 0);
  const told = [
    ...broken.map(({ name, what }) => `- 🔴 ${code(name)} could not be checked: ${text(what)}`),
    ...(promises ?? [])
      .filter(({ kept }) => !kept)
      .map(
        ({ host, fixture, broken }) =>
          `- 🔴 ${code(fixture)}, promised for ${code(host.expression)} and later: ${broken.map(({ syscall, errno, on }) => `${code(syscall)} is refused (${errno}) on ${text(on.join(', '))}`).join('; ')}`,
      ),
    ...refusedNew.map(({ syscall, abi, words }) => {
      const mark = gotWorse(live!, syscall, abi) ? '🔴' : '🟡';
      return `- ${mark} ${code(live!.fixture)} now needs ${code(syscall)} (${abi}), which is refused by ${text(words)}`;
    }),
    ...(harmlessNew.length > 0
      ? [
          `- 🟢 ${code(live!.fixture)} now calls ${harmlessNew.map(({ syscall }) => code(syscall)).join(', ')}, which no known host refuses`,
        ]
      : []),
  ];
  const rows = changesOf(document).flatMap(({ name, changes }) =>
    changes.map(
      ({ host, syscall, kind, before, after, worse: bad }) =>
        `| ${bad ? '🔴' : '🟡'} | ${code(name)} | ${code(host)} | ${code(syscall)} ${KINDS[kind]} | ${text(answers(before))} | ${text(answers(after))} |`,
    ),
  );
  const changedForTheWorse = [...fixtures, ...(live ? [live] : [])].some(({ changes }) =>
    changes.some((change) => change.worse),
  );
  const headline = worse
    ? changedForTheWorse
      ? '## 🔴 Verdicts got worse'
      : '## 🔴 A promise is not kept'
    : broken.length > 0
      ? '## 🔴 Not every fixture could be checked'
      : rows.length > 0
        ? '## 🟡 Verdicts changed, none for the worse'
        : '## 🟢 No verdict changed';
  const list = told.length > 0 ? ['', ...told.slice(0, 100)] : [];
  if (rows.length === 0)
    return [headline, '', `Checked: ${checked(fixtures.length, live)}.`, ...list].join('\n');
  return [
    headline,
    ...list,
    '',
    '|  | Fixture | Host | Change | Before | Now |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows.slice(0, 500),
  ].join('\n');
}
