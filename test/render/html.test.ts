import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Report } from '../../src/core/documents/report.ts';
import { htmlReport } from '../../src/render/html/index.ts';
import { withChromium } from '../rig/chromium.ts';
import { needs } from '../rig/need.ts';
import { PAYLOADS, poisoned } from './hostile.ts';
import { SAMPLE } from './sample.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trace-build-html-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Opens the report and returns everything the browser complained of or asked the network for. */
async function open(page: Page, report: Report): Promise<readonly string[]> {
  const seen: string[] = [];
  page.on('console', (message) => void seen.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => void seen.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => void seen.push(`dialog: ${dialog.message()}`));
  page.on('request', (request) => {
    if (!request.url().startsWith('file://')) seen.push(`request: ${request.url()}`);
  });
  const file = join(folder, 'report.html');
  writeFileSync(file, htmlReport(report));
  await page.goto(`file://${file}`);
  return seen;
}

needs('chromium').describe('the HTML report in a browser', () => {
  test('shows everything, searches, switches its theme, asks for nothing', async () => {
    await withChromium(
      async (context) => {
        const page = await context.newPage();
        const complaints = await open(page, SAMPLE);
        expect(await page.locator('h1').textContent()).toContain('fchmodat2');
        for (const id of [
          'fix',
          'refused',
          'hosts',
          'timeline',
          'tree',
          'excerpts',
          'syscalls',
          'environment',
        ]) {
          expect(await page.locator(`section#${id}`).isVisible(), id).toBe(true);
        }
        expect(await page.locator('#hosts td.b').count()).toBe(5);
        expect(await page.locator('#timeline circle').count()).toBe(4);
        expect(await page.locator('#tree li').count()).toBe(8);

        await page.keyboard.press('/');
        await page.keyboard.type('openat2');
        expect(await page.locator('#hosts tbody tr:visible').count()).toBe(3);
        expect(await page.locator('#timeline .row[data-s]:visible').count()).toBe(0);
        expect(await page.locator('#found').textContent()).toMatch(/^\d+ found$/);
        await page.keyboard.press('Escape');
        expect(await page.locator('#hosts tbody tr:visible').count()).toBe(6);

        const background = (): Promise<string> =>
          page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        const light = await background();
        await page.locator('#theme').click();
        expect(await background()).not.toBe(light);
        expect(complaints).toEqual([]);
      },
      { colorScheme: 'light' },
    );
  });

  test('does not scroll sideways, on a phone neither', async () => {
    await withChromium(async (context) => {
      const page = await context.newPage();
      for (const width of [320, 390, 768, 1280]) {
        await page.setViewportSize({ width, height: 800 });
        await open(page, SAMPLE);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      }
    });
  });

  test('has readable contrast, names for everything that is operated, and one heading order', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await withChromium(
        async (context) => {
          const page = await context.newPage();
          await open(page, SAMPLE);
          const poor = await page.evaluate(() => {
            const parse = (color: string): number[] => (color.match(/[\d.]+/g) ?? []).map(Number);
            const luminance = (color: string): number => {
              const [r = 0, g = 0, b = 0] = parse(color).map((value) => {
                const part = value / 255;
                return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
              });
              return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            };
            const behind = (element: Element): string => {
              for (let at: Element | null = element; at; at = at.parentElement) {
                const color = getComputedStyle(at).backgroundColor;
                if ((parse(color)[3] ?? 1) > 0) return color;
              }
              return 'rgb(255,255,255)';
            };
            const bad: string[] = [];
            for (const element of document.querySelectorAll('body *')) {
              const own = [...element.childNodes].some(
                (node) => node.nodeType === 3 && node.textContent?.trim(),
              );
              if (!own || element.closest('svg, script, .hidden')) continue;
              const [a, b] = [luminance(getComputedStyle(element).color), luminance(behind(element))];
              const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
              if (ratio < 4.5) bad.push(`${element.className || element.tagName} ${ratio.toFixed(2)}`);
            }
            return [...new Set(bad)];
          });
          expect(poor, colorScheme).toEqual([]);
          const unnamed = await page.evaluate(() =>
            [...document.querySelectorAll('button, input, [role=region], svg[role=img]')]
              .filter((element) => !element.getAttribute('aria-label'))
              .map(({ tagName }) => tagName),
          );
          expect(unnamed).toEqual([]);
        },
        { colorScheme },
      );
    }
  });

  test('runs nothing of a hostile trace', async () => {
    await withChromium(async (context) => {
      for (const payload of PAYLOADS) {
        const page = await context.newPage();
        const complaints = await open(page, poisoned(SAMPLE, payload));
        await page.mouse.move(200, 200);
        expect(await page.evaluate(() => 'pwned' in globalThis), payload).toBe(false);
        expect(await page.locator('script, style, img, iframe, h1, form, object').count(), payload).toBe(3);
        expect(await page.locator('section').count()).toBe(8);
        expect(complaints, payload).toEqual([]);
        await page.close();
      }
    });
  });

  test('prints with everything unfolded', async () => {
    await withChromium(async (context) => {
      const page = await context.newPage();
      await open(page, SAMPLE);
      const closed = await page.locator('details:not([open])').count();
      expect(closed).toBeGreaterThan(0);
      await page.emulateMedia({ media: 'print' });
      await page.pdf();
      expect(await page.locator('nav').isVisible()).toBe(false);
      expect(await page.locator('#hosts details.fold dl').first().isVisible()).toBe(true);
    });
  });
});
