import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withChromium } from '../rig/chromium.ts';
import { cli } from '../rig/cli.ts';
import { needs } from '../rig/need.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const TRACES = join(ROOT, 'traces');
/** Kernels are spelled out: what is left open is this machine's on the command line. */
const HOSTS = [
  'docker@20.10.5,kernel=5.4',
  'docker@18.09.9,kernel=4.19',
  'podman@4.3.1,kernel=6.1',
  'gvisor@20240101',
  'kernel@4.4',
];

let folder: string;
let file: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'trace-build-page-'));
  file = join(folder, 'page.html');
  expect(await cli(['page', '-o', file])).toMatchObject({ status: 0, stdout: '', stderr: '' });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Opens the page; returns what it complained of or asked the network for. */
async function open(page: Page): Promise<readonly string[]> {
  const seen: string[] = [];
  page.on('console', (message) => void seen.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => void seen.push(`error: ${error.message}`));
  page.on('request', (request) => {
    if (!/^(file|blob):/.test(request.url())) seen.push(`request: ${request.url()}`);
  });
  await page.goto(pathToFileURL(file).href);
  await page.locator('#against').fill(HOSTS.join('\n'));
  return seen;
}

async function drop(page: Page, files: readonly string[]): Promise<string> {
  await page.evaluate(() => {
    for (const id of ['results', 'trouble']) document.getElementById(id)!.hidden = true;
  });
  await page.locator('#files').setInputFiles([...files]);
  await page.locator('#results, #trouble').and(page.locator(':visible')).first().waitFor({ timeout: 60_000 });
  return page.locator('#markdown').inputValue();
}

/** Everything that the page holds but its own program and style: elements, attributes, values of fields. */
function shown(page: Page): Promise<string> {
  return page.evaluate(() => {
    const copy = document.documentElement.cloneNode(true) as HTMLElement;
    for (const own of copy.querySelectorAll('body > script, head > style')) own.remove();
    const fields = document.querySelectorAll<HTMLInputElement>('input:not([type=file]), textarea, select');
    return [document.title, copy.outerHTML, ...[...fields].map(({ value }) => value)].join('\n');
  });
}

const against = HOSTS.flatMap((host) => ['--against', host]);

needs('chromium').describe('the page', () => {
  test('gives what the command line gives, for every trace of the repository', async () => {
    const names = readdirSync(TRACES).filter((name) => /\.strace(\.gz)?$/.test(name));
    expect(names.length).toBeGreaterThan(0);
    await withChromium(async (context) => {
      const page = await context.newPage();
      const complaints = await open(page);
      for (const name of names) {
        const manifest = join(TRACES, `${name.replace(/(\.gz)?$/, '')}.json`);
        const markdown = await drop(page, [join(TRACES, name), manifest]);
        const told = await cli(['report', name, ...against], { cwd: TRACES });
        expect(told.stderr).toBe('');
        expect(markdown, name).toBe(told.stdout);
      }
      expect(complaints).toEqual([]);
    });
  });

  test('reads 30 MB in its worker with a progress bar, and stays usable', async () => {
    const big = join(folder, 'big.strace');
    const line = (pid: number, n: number): string =>
      `${pid} openat(AT_FDCWD, "/usr/lib/x86_64-linux-gnu/lib${n}.so.6", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file or directory)\n`;
    const parts = ['100 execve("/usr/bin/make", ["make", "-j8"], 0x7ffd /* 20 vars */) = 0\n'];
    let size = 0;
    for (let n = 0; size < 30 << 20; n++) {
      const text =
        n % 997 === 0
          ? `100 fchmodat2(AT_FDCWD, "x${n}", 0755, 0) = -1 EPERM (Operation not permitted)\n`
          : line(100, n);
      parts.push(text);
      size += text.length;
    }
    parts.push('100 exit_group(0) = ?\n100 +++ exited with 0 +++\n');
    writeFileSync(big, parts.join(''));
    await withChromium(async (context) => {
      const page = await context.newPage();
      const complaints = await open(page);
      await page.evaluate(() => {
        const seen: number[] = [];
        (globalThis as unknown as { seen: number[] }).seen = seen;
        const bar = document.getElementById('progress') as HTMLProgressElement;
        new MutationObserver(() => {
          if (!bar.hidden) seen.push(bar.value);
        }).observe(bar, { attributes: true });
      });
      await page.locator('#files').setInputFiles(big);
      // While the worker reads, the page answers: the checkbox can be used.
      await page.locator('#every').check();
      await page.locator('#every').uncheck();
      await page.locator('#results').waitFor({ state: 'visible', timeout: 110_000 });
      const values = await page.evaluate(() => (globalThis as unknown as { seen: number[] }).seen);
      expect(new Set(values).size).toBeGreaterThan(3);
      expect([...values].sort((a, b) => a - b)).toEqual(values);
      const told = await cli(['report', 'big.strace', ...against], { cwd: folder });
      expect(await page.locator('#markdown').inputValue()).toBe(told.stdout);
      expect(complaints).toEqual([]);
    });
  });

  test('takes a profile as a host, redacts a trace, saves and re-judges, by keyboard', async () => {
    writeFileSync(
      join(folder, 'mine.json'),
      JSON.stringify({
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: [{ names: ['openat'], action: 'SCMP_ACT_ERRNO', errnoRet: 1 }],
      }),
    );
    const secret = 'ghp_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8';
    writeFileSync(
      join(folder, 'small.strace'),
      `7 openat(AT_FDCWD, "/home/alicejones/${secret}", O_RDONLY) = 3\n7 read(3, "CONTENT-77", 10) = 10\n7 +++ exited with 0 +++\n`,
    );
    await withChromium(
      async (context) => {
        const page = await context.newPage();
        const complaints = await open(page);
        await page.locator('#against').fill('');
        await drop(page, [join(folder, 'small.strace')]);
        expect(await page.locator('#verdict').textContent()).toContain('No syscall was refused');
        await drop(page, [join(folder, 'mine.json')]);
        expect(await page.locator('#against').inputValue()).toBe('profile:mine.json');
        await page.locator('#judge').focus();
        await page.keyboard.press('Enter');
        await page.locator('#verdict', { hasText: 'openat' }).waitFor();
        expect(await page.locator('#hosts td.b').count()).toBe(1);
        expect(await page.evaluate(() => document.activeElement?.id)).toBe('verdict');

        const saved = async (id: string): Promise<string> => {
          const [download] = await Promise.all([
            page.waitForEvent('download'),
            page.locator(id).press('Enter'),
          ]);
          return readFileSync(await download.path(), 'utf8');
        };
        const redacted = await saved('#redact');
        expect(redacted).toContain('openat(AT_FDCWD, "/home/user/[secret]", O_RDONLY) = 3');
        const html = await saved('#save-html');
        expect(html).toMatch(/^<!doctype html>/);
        const json = await saved('#save-json');
        expect(JSON.parse(json).schema).toBe('trace-build/report@1');
        const markdown = await saved('#save-markdown');
        const visible = await shown(page);
        expect(visible).toContain(markdown);
        for (const text of [redacted, html, json, markdown, visible]) {
          // The call itself is there, what is private in it is not.
          expect(text).toContain('openat');
          expect(text).not.toMatch(/alicejones|CONTENT-77|ghp_/);
        }
        expect(complaints).toEqual([]);
      },
      { acceptDownloads: true },
    );
  });

  test('says what is wrong with a file, to a screen reader too; everything has a name', async () => {
    writeFileSync(join(folder, 'empty.strace'), '');
    writeFileSync(join(folder, 'notes.txt'), 'this is no trace\nat all\n');
    await withChromium(
      async (context) => {
        const page = await context.newPage();
        await open(page);
        await drop(page, [join(folder, 'empty.strace')]);
        expect(await page.locator('[role=alert]').textContent()).toBe('empty.strace: the file is empty');
        await drop(page, [join(folder, 'notes.txt')]);
        expect(await page.locator('[role=alert]').textContent()).toContain('notes.txt');
        const unnamed = await page.evaluate(() =>
          [...document.querySelectorAll<HTMLInputElement>('button, input, select, textarea, progress')]
            .filter(
              (element) =>
                !element.labels?.length && !element.getAttribute('aria-label') && !element.textContent,
            )
            .map(({ id }) => id),
        );
        expect(unnamed).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
      },
      { viewport: { width: 390, height: 844 } },
    );
  });

  test('explains a pasted log as the command line does, by keyboard, escaped, on a phone too', async () => {
    const message = 'make: /bin/sh: Operation not permitted <img src=x onerror="document.title=1">';
    const log = `${'step\n'.repeat(200)}${message}\n${'x'.repeat(300)}: Function not implemented\n`;
    const told = async (...args: string[]): Promise<string> =>
      (await cli(['why', ...args], { input: log })).stdout.replace(/\s+/g, ' ').trim();
    const whole = await told('-');
    expect(whole).toContain('faccessat2');
    expect(whole).toContain(message);
    const onHost = await told('--on', 'docker@20.10.5', message);
    const nothing = await told('all is well');
    for (const width of [390, 1280]) {
      await withChromium(
        async (context) => {
          const page = await context.newPage();
          const complaints = await open(page);
          const title = await page.title();
          const conclusion = page.locator('section', { has: page.locator('#why') }).getByRole('status');
          const box = page.getByRole('textbox', { name: 'A log, or one line of error' });
          const asked = async (text: string): Promise<string> => {
            await box.fill(text);
            await box.press('Tab');
            await page.keyboard.press('Tab');
            expect(await page.evaluate(() => document.activeElement?.id)).toBe('explain');
            await page.keyboard.press('Enter');
            await conclusion.and(page.locator(':not(:text-is("reading"))')).waitFor();
            const answer = page.locator('#why-answer');
            const rest = (await answer.isVisible()) ? await answer.textContent() : '';
            return `${await conclusion.textContent()} ${rest}`.replace(/\s+/g, ' ').trim();
          };
          expect(await conclusion.getAttribute('aria-live')).toBe('polite');
          expect(await asked('  ')).toBe('Paste a log or one line of error first.');
          expect(await page.evaluate(() => document.activeElement?.id)).toBe('log');

          expect(await asked(log)).toBe(whole);
          expect(await page.locator('img').count()).toBe(0);
          expect(await page.title()).toBe(title);
          // Nothing is cut off at the right, the page's own width included.
          const wide = await page.evaluate(
            () =>
              [document.documentElement, document.getElementById('why-answer')!].filter(
                ({ scrollWidth, clientWidth }) => scrollWidth > clientWidth,
              ).length,
          );
          expect(wide).toBe(0);
          const lines = (await page.locator('#why-answer').textContent())!.split('\n');
          expect(lines.some((line) => line.length > 60)).toBe(width > 390);

          await page.getByLabel('The host it is from').fill('docker@20.10.5');
          expect(await asked(message)).toBe(onHost);
          await page.getByLabel('The host it is from').fill('nonsense@1');
          expect(await asked(message)).toContain("unknown host 'nonsense@1'");
          await page.getByLabel('The host it is from').fill('');
          expect(await asked('all is well')).toBe(nothing);
          expect(complaints).toEqual([]);
        },
        { viewport: { width, height: 844 } },
      );
    }
  });
});
