import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import Ajv4 from 'ajv-draft-04';
import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import { expect, test } from 'vitest';
import type { Report } from '../../src/core/documents/report.ts';
import { reportSchema } from '../../src/core/documents/report.ts';
import { annotations, stepSummary } from '../../src/render/ci/github.ts';
import { formatOfFile, REPORT_FORMATS, type ReportFormat, renderReport } from '../../src/render/index.ts';
import { GITHUB_LIMIT, markdownReport } from '../../src/render/markdown.ts';
import { headlineOf } from '../../src/render/words.ts';
import { expectGolden } from '../rig/golden.ts';
import { PAYLOADS, poisoned } from './hostile.ts';
import { denial, host, SAMPLE } from './sample.ts';

const render = (report: Report, format: ReportFormat): string =>
  renderReport(report, format, { version: '0.1.0' });

const ENDINGS: Readonly<Record<ReportFormat, string>> = {
  markdown: 'md',
  html: 'html',
  json: 'json',
  sarif: 'sarif',
  junit: 'xml',
  text: 'txt',
};

test.each(REPORT_FORMATS)('the sample as %s is the golden', (format) => {
  expectGolden(render(SAMPLE, format), new URL(`golden/sample.${ENDINGS[format]}`, import.meta.url));
});

test('a file name asks for a format', () => {
  for (const format of REPORT_FORMATS) expect(formatOfFile(`a/b.${ENDINGS[format]}`)).toBe(format);
  expect(formatOfFile('x.sarif.json')).toBe('sarif');
  expect(formatOfFile('x')).toBeUndefined();
});

test('the headline tells run, hosts and nothing apart', () => {
  const none: Report = { ...SAMPLE, denials: [], hosts: [], exit: { status: 0 } };
  expect(headlineOf(none)).toMatchObject({ level: 'clean', text: 'No syscall was refused' });
  expect(
    headlineOf({ ...none, denials: [denial('clone3', { matters: false, errno: 'ENOSYS' })] }).level,
  ).toBe('harmless');
  expect(
    headlineOf({ ...none, denials: [denial('mount', { cause: 'genuine', matters: false })] }),
  ).toMatchObject({ level: 'clean' });
  expect(headlineOf({ ...none, denials: [denial('mount', { cause: 'unknown' })] }).level).toBe('undecided');
  expect(
    headlineOf({ ...none, hosts: [{ host: host('docker@18.09'), blocked: [denial('statx')] }] }).text,
  ).toBe('Would be refused on docker@18.09: statx');
});

const jestSarif = createRequire(import.meta.url).resolve('@microsoft/jest-sarif/package.json');
const sarifSchema = JSON.parse(
  readFileSync(new URL('lib/schemas/sarif-2.1.0-rtm.5.json', `file://${jestSarif}`), 'utf8'),
);
const validSarif = new Ajv4.default({
  strict: false,
  validateFormats: false,
  allErrors: true,
  unicodeRegExp: false,
}).compile(sarifSchema);

/** What GitHub's documentation asks for beyond the schema. */
function checkForGitHub(text: string): void {
  const log = JSON.parse(text);
  expect(validSarif(log), JSON.stringify(validSarif.errors?.slice(0, 3))).toBe(true);
  expect(log.version).toBe('2.1.0');
  for (const run of log.runs) {
    expect(run.tool.driver.name).toBe('trace-build');
    for (const rule of run.tool.driver.rules) {
      expect(rule.id.length).toBeLessThanOrEqual(255);
      expect(rule.shortDescription.text.length).toBeLessThanOrEqual(1024);
      expect(rule.fullDescription.text.length).toBeLessThanOrEqual(1024);
      expect(rule.help.text).toBeTruthy();
      expect(rule.properties.tags.length).toBeLessThanOrEqual(20);
    }
    expect(run.results.length).toBeLessThanOrEqual(5000);
    for (const result of run.results) {
      expect(result.message.text).toBeTruthy();
      expect(run.tool.driver.rules[result.ruleIndex].id).toBe(result.ruleId);
      expect(Object.keys(result.partialFingerprints)).toHaveLength(1);
      for (const { physicalLocation } of result.locations) {
        const { uri } = physicalLocation.artifactLocation;
        // A URI reference: nothing but its characters, and no scheme other than file.
        expect(uri).toMatch(/^(file:\/\/\/)?[\w.~!$&'()*+,;=@%/-]+$/);
        expect(physicalLocation.region.startLine).toBeGreaterThanOrEqual(1);
      }
    }
  }
}

test('SARIF is valid by its schema and by what GitHub asks for, and fingerprints are apart', () => {
  const text = render(SAMPLE, 'sarif');
  checkForGitHub(text);
  const prints = JSON.parse(text).runs[0].results.map((r: { partialFingerprints: object }) =>
    JSON.stringify(r.partialFingerprints),
  );
  // The run and the judged host of the same name are two lines of the same alert, nothing else is.
  expect(new Set(prints).size).toBe(prints.length - 2);
  const anchored = renderReport(SAMPLE, 'sarif', {
    version: '1',
    anchor: { file: './ci/Docker file', line: 3 },
  });
  checkForGitHub(anchored);
  expect(JSON.parse(anchored).runs[0].results[0].locations[0].physicalLocation).toEqual({
    artifactLocation: { uri: 'ci/Docker%20file' },
    region: { startLine: 3 },
  });
});

test('JSON is valid by the published schema', () => {
  reportSchema.parse(JSON.parse(render(SAMPLE, 'json')));
});

test('Markdown fits a GitHub issue however large the report is', () => {
  const many = Array.from({ length: 900 }, (_, index) =>
    denial(`call_${index}`, {
      sample: '"'.repeat(3000),
      reason: { kind: 'architecture-not-in-filter', abi: 'x86', action: 'e|`<'.repeat(500) },
      callers: [{ who: 'f'.repeat(900), fallsBack: true }],
    }),
  );
  const large: Report = {
    ...SAMPLE,
    denials: many,
    hosts: Array.from({ length: 300 }, (_, index) => ({
      host: host(`docker@${index}.0`),
      blocked: many.slice(0, 50),
    })),
    excerpts: Array.from({ length: 100 }, () => ({
      file: 'x',
      from: 1,
      lines: Array<string>(30).fill('`'.repeat(900)),
    })),
    syscalls: Array.from({ length: 500 }, (_, index) => ({
      name: `call_${index}`,
      abi: 'x86_64' as const,
      count: 1,
      failed: 0,
    })),
    command: Array<string>(2000).fill('argument'),
  };
  const text = markdownReport(large);
  expect(text.length).toBeLessThanOrEqual(GITHUB_LIMIT);
  expect(text).toMatch(/^## 🔴 900 refused syscalls can break this build/);
  expect((text.match(/<details/g) ?? []).length).toBe((text.match(/<\/details>/g) ?? []).length);
  const huge = markdownReport({
    ...large,
    fix: { basis: 'predicted', fix: { allow: many.map(({ syscall }) => syscall.repeat(20)), enosys: [] } },
  });
  expect(huge.length).toBeLessThanOrEqual(GITHUB_LIMIT);
  expect(render({ ...SAMPLE }, 'markdown').length).toBeLessThan(20_000);
});

test('tables of many hosts do not take the place of what was refused', () => {
  const denials = Array.from({ length: 25 }, (_, index) => denial(`call_${index}`));
  const hosts = Array.from({ length: 60 }, (_, index) => ({
    host: host(`docker@${index}.0`),
    blocked: denials,
  }));
  const text = markdownReport({ ...SAMPLE, denials, hosts });
  expect(text.length).toBeLessThanOrEqual(GITHUB_LIMIT);
  const [, table] = text.split('### Refused syscalls');
  for (const { syscall } of denials) expect(table!.split('<details')[0]).toContain(`\`${syscall}\` `);
});

test.each(PAYLOADS)('no format lets %j through as markup', (payload) => {
  const bad = poisoned(SAMPLE, payload);
  for (const format of REPORT_FORMATS) {
    const text = render(bad, format);
    // What moves a terminal's cursor or turns text around is never there raw.
    expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2066\u200b\ufeff]/);
  }
  const page = render(bad, 'html');
  expect(page.match(/<script/g)).toHaveLength(1);
  for (const [tag] of page.matchAll(/<[a-z][^>]*>/g)) {
    expect(tag).not.toMatch(/^<(img|iframe|object|a (?!href="#))|\s(on\w+|style|src)=(?![^"]*"[^"]*$)/);
  }
  checkForGitHub(render(bad, 'sarif'));
  const junit = render(bad, 'junit');
  expect(junit.match(/<testcase/g)?.length).toBe(render(SAMPLE, 'junit').match(/<testcase/g)?.length);
  const markdown = render(bad, 'markdown');
  const rendered = micromark(markdown, {
    allowDangerousHtml: true,
    extensions: [gfm()],
    htmlExtensions: [gfmHtml()],
  });
  const tags = new Set(
    [...rendered.matchAll(/<(?!!-- -->)[^>]*>/g)].map(([tag]) =>
      tag.replace(/ class="language-\w+"| align="\w+"/, ''),
    ),
  );
  for (const tag of tags) {
    expect(tag).toMatch(
      /^<\/?(h[23]|p|ul|li|em|strong|pre|code|table|thead|tbody|tr|th|td|details|summary|sub)>$|^<details open>$/,
    );
  }
  const words = rendered.replace(/<(code|pre)>[\s\S]*?<\/\1>/g, '').replace(/&#?\w+;/g, ' ');
  expect(words).not.toMatch(/@\w|#\d|GH-\d|www\.|:\/\//);
  for (const workflow of [annotations(bad), stepSummary(bad)]) {
    expect(workflow).not.toMatch(/^\s*::(?!error title=|notice title=)/m);
  }
  for (const line of render(bad, 'text').split('\n')) expect(line).not.toMatch(/^\s*::|##\[/);
});

test('no two cases of a JUnit suite have one name: GitLab keeps the last of them, which would hide the failure', () => {
  const harmless = { cause: 'genuine', matters: false } as const;
  const denials = [
    denial('mount', harmless),
    denial('mount', { ...harmless, errno: 'ENOSYS' }),
    denial('mount'),
  ];
  const names = [
    ...render({ ...SAMPLE, denials }, 'junit').matchAll(/<testcase classname="([^"]*)" name="([^"]*)"/g),
  ];
  const keys = names.map(([, suite, name]) => `${suite} ${name}`);
  expect(new Set(keys).size).toBe(keys.length);
  const text = render({ ...SAMPLE, denials, hosts: [] }, 'junit');
  expect(text).toMatch(/name="mount \(x86_64\)"[^>]*>\s*<failure type="EPERM"/);
  expect(text).toContain('name="mount (x86_64), EPERM by genuine"');
});
