/** The box on the page that a log or a message is pasted into. */
import type { Result } from '../core/failure.ts';
import { type Explained, failureText, type Pasted } from './messages.ts';

export interface WhyBox {
  show(explained: Result<Explained>): void;
  /** Takes "reading" back, when the worker failed; what failed is told elsewhere. */
  settle(): void;
}

const READING = 'reading';

/** Columns that a line of this element holds, in its own font. */
function columnsOf(element: HTMLElement): number {
  const { font, paddingLeft, paddingRight } = getComputedStyle(element);
  const context = document.createElement('canvas').getContext('2d');
  if (!context) return 80;
  context.font = font;
  const width = element.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight);
  return Math.floor(width / context.measureText('0').width);
}

/** Joins the box to `ask`, which gets what was pasted. */
export function whyBox(ask: (pasted: Pasted) => void): WhyBox {
  const find = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;
  const log = find<HTMLTextAreaElement>('log');
  const on = find<HTMLInputElement>('log-on');
  const conclusion = find('why-conclusion');
  const answer = find('why-answer');

  function say(text: string, level: string): void {
    conclusion.className = text === '' ? '' : `verdict ${level}`;
    conclusion.textContent = text;
    answer.hidden = true;
    answer.textContent = '';
  }

  find<HTMLFormElement>('why').addEventListener('submit', (event) => {
    event.preventDefault();
    if (log.value.trim() === '') {
      say('Paste a log or one line of error first.', 'undecided');
      log.focus();
      return;
    }
    say(READING, 'undecided');
    // Only what is shown has a width.
    answer.hidden = false;
    const columns = columnsOf(answer);
    answer.hidden = true;
    ask({ text: log.value, on: on.value.trim(), columns });
  });

  return {
    show(explained) {
      if (!explained.ok) return say(failureText(explained.failure), 'undecided');
      const { conclusion: text, rest, isRefused } = explained.value;
      say(text, isRefused ? 'blocked' : 'undecided');
      answer.textContent = rest;
      answer.hidden = rest === '';
    },
    settle() {
      if (conclusion.textContent === READING) say('', '');
    },
  };
}
