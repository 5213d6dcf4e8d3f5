import { describe, expect, test } from 'vitest';
import { denialsOf } from '../../../../src/core/diagnosis/denials.ts';
import { fateIn, layerQuestions, withLayers } from '../../../../src/core/diagnosis/layers/questions.ts';
import { type Question, searchLayers } from '../../../../src/core/diagnosis/layers/search.ts';
import type { Fate, Layer, LayerSearch, Lift } from '../../../../src/core/documents/layers.ts';
import { layersPhrases } from '../../../../src/render/phrases/layers.ts';
import { reasonPhrase } from '../../../../src/render/phrases/reason.ts';
import { distinct, host, trace } from '../fakes.ts';

const LAYERS: readonly Layer[] = ['filter', 'capabilities', 'masked-paths', 'tracer'];
const MISSING = ['CAP_A', 'CAP_B', 'CAP_C', 'CAP_D', 'CAP_E'];
const question = (syscall: string, capabilities: readonly string[] = []): Question => ({
  syscall,
  abi: 'x86_64',
  errno: 'EPERM',
  capabilities,
});

/** Runs the search against a machine that says what each call does without those layers. */
function searched(
  questions: readonly Question[],
  machine: (syscall: string, lifted: ReadonlySet<string>) => Fate,
  layers = LAYERS,
): { readonly found: readonly LayerSearch[]; readonly runs: readonly Lift[] } {
  const search = searchLayers(questions, layers, MISSING);
  const runs: Lift[] = [];
  let step = search.next();
  while (!step.done) {
    const { value } = step;
    runs.push(value);
    const lifted = new Set([...value.layers, ...(value.grant ?? [])]);
    step = search.next(questions.map(({ syscall }) => machine(syscall, lifted)));
  }
  return { found: step.value, runs };
}

const needs =
  (...all: readonly string[]) =>
  (_: string, lifted: ReadonlySet<string>): Fate =>
    all.every((one) => lifted.has(one)) ? 'passed' : 'refused';

describe('the search for the layer that refuses', () => {
  test.each(['filter', 'masked-paths', 'tracer'] as const)(
    'finds %s alone, and runs no more than that takes',
    (layer) => {
      const { found, runs } = searched([question('mount')], needs(layer));
      expect(found[0]?.found).toEqual({ layers: [layer] });
      expect(runs.at(-1)?.layers).toEqual([layer]);
    },
  );

  test('finds which capability it is: the likely one at once, another by halves', () => {
    const likely = searched([question('mount', ['CAP_D'])], needs('CAP_D'));
    expect(likely.found[0]?.found).toEqual({ layers: ['capabilities'], grant: ['CAP_D'] });
    expect(likely.runs).toHaveLength(3);
    for (const name of MISSING)
      expect(searched([question('mount', ['CAP_D'])], needs(name)).found[0]?.found).toEqual({
        layers: ['capabilities'],
        grant: [name],
      });
  });

  test('names all capabilities where it takes two that are far apart', () => {
    expect(searched([question('bpf')], needs('CAP_A', 'CAP_E')).found[0]?.found).toEqual({
      layers: ['capabilities'],
    });
  });

  test('finds two layers that refuse the same call, and leaves the others out', () => {
    const { found } = searched([question('userfaultfd', ['CAP_C'])], needs('filter', 'CAP_C'));
    expect(found[0]?.found).toEqual({ layers: ['filter', 'capabilities'], grant: ['CAP_C'] });
    expect(found[0]?.trials.some(({ layers }) => layers.includes('tracer') && layers.length > 1)).toBe(false);
  });

  test('says of a call that is refused in any case, or not made, that nothing was found', () => {
    expect(searched([question('mount')], () => 'refused').found[0]?.found).toBeUndefined();
    expect(searched([question('mount')], () => 'not-made').found[0]?.found).toBeUndefined();
  });

  test('shares runs between questions and answers each', () => {
    const { found, runs } = searched([question('mount'), question('open')], (syscall, lifted) =>
      lifted.has(syscall === 'mount' ? 'filter' : 'masked-paths') ? 'passed' : 'refused',
    );
    expect(found.map((one) => one.found?.layers)).toEqual([['filter'], ['masked-paths']]);
    expect(new Set(runs.map((run) => JSON.stringify(run))).size).toBe(runs.length);
  });
});

describe('what is asked and what follows', () => {
  const docker = host('docker@24.0.9', { clone3: [38, 'rule'] });
  const denials = denialsOf(
    trace([
      distinct('mount', 'EPERM'),
      distinct('clone3', 'ENOSYS'),
      distinct('openat', 'EPERM', { sample: 'AT_FDCWD, "/dev/kvm", O_RDWR' }),
      distinct('keyctl', 'EDQUOT'),
    ]),
    docker,
  );

  test('only what is not known is asked', () => {
    expect(layerQuestions(denials).map(({ syscall, capabilities }) => [syscall, capabilities])).toEqual(
      expect.arrayContaining([
        ['mount', ['CAP_SYS_ADMIN']],
        ['openat', []],
      ]),
    );
    expect(layerQuestions(denials).map(({ syscall }) => syscall)).not.toContain('clone3');
    expect(layerQuestions(denials).map(({ syscall }) => syscall)).not.toContain('keyctl');
  });

  test('a call passed where it was made and not refused with that errno', () => {
    const asked = question('mount');
    expect(fateIn([distinct('mount', 'returned')], asked)).toBe('passed');
    expect(fateIn([distinct('mount', 'ENODEV')], asked)).toBe('passed');
    expect(fateIn([distinct('mount', 'returned'), distinct('mount', 'EPERM')], asked)).toBe('refused');
    expect(fateIn([distinct('mount', 'returned', { abi: 'x86' })], asked)).toBe('not-made');
  });

  const lifted = (syscall: string, found: Lift) => {
    const { abi, errno } = denials.find((one) => one.syscall === syscall)!;
    return withLayers(denials, [{ syscall, abi, errno, trials: [], found }]).find(
      (one) => one.syscall === syscall,
    )!;
  };

  test('the reason is what was lifted, and was seen', () => {
    expect(lifted('mount', { layers: ['capabilities'], grant: ['CAP_SYS_ADMIN'] })).toMatchObject({
      basis: 'seen',
      cause: 'genuine',
      reason: { kind: 'capability', capabilities: ['CAP_SYS_ADMIN'] },
    });
    expect(lifted('openat', { layers: ['devices'] })).toMatchObject({
      basis: 'seen',
      reason: { kind: 'device-cgroup', path: '/dev/kvm' },
    });
    expect(lifted('mount', { layers: ['filter'] })).toMatchObject({
      cause: 'unknown',
      reason: { kind: 'some-filter', because: 'passes-without' },
    });
    const both = lifted('mount', { layers: ['filter', 'capabilities'], grant: ['CAP_SYS_ADMIN'] });
    expect(reasonPhrase(both.reason)).toBe(
      'the seccomp filter and missing capabilities (CAP_SYS_ADMIN): it was not refused without',
    );
  });

  test('a reason that is known already is left as it is', () => {
    expect(lifted('clone3', { layers: ['filter'] }).reason.kind).not.toBe('some-filter');
  });

  test('is said in sentences, with what could not be lifted', () => {
    const searches: LayerSearch[] = [
      {
        syscall: 'mount',
        abi: 'x86_64',
        errno: 'EPERM',
        trials: [
          { layers: ['filter'], fate: 'refused' },
          { layers: ['capabilities'], fate: 'not-made' },
        ],
      },
    ];
    const kept = [
      { layer: 'no-new-privileges', why: 'no-option' },
      { layer: 'devices', why: 'absent' },
    ] as const;
    expect(layersPhrases({ kept, searches })).toEqual([
      'mount was still refused with EPERM without each of these layers and without all of them (in 1 of 2 runs the call was not made, or not seen): the kernel itself, or something around the sandbox.',
      'Not lifted: no_new_privs (the engine has no option for it).',
    ]);
    expect(layersPhrases({ kept, searches: [] })).toEqual(['Every reason is known: no layer was lifted.']);
  });
});
