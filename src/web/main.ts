/** The page itself: what is dropped and chosen goes to the worker, what comes back is shown. */
import { type Answer, failureText, type Outcome, type Question, type Request } from './messages.ts';
import { whyBox } from './whyBox.ts';

declare const WORKER: string;

const find = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;
const files = find<HTMLInputElement>('files');
const drop = find<HTMLElement>('drop');
const form = find<HTMLFormElement>('choices');
const on = find<HTMLInputElement>('on');
const against = find<HTMLTextAreaElement>('against');
const every = find<HTMLInputElement>('every');
const paths = find<HTMLSelectElement>('paths');
const bar = find<HTMLProgressElement>('progress');
const status = find<HTMLElement>('status');
const trouble = find<HTMLElement>('trouble');
const results = find<HTMLElement>('results');
const sections = find<HTMLElement>('sections');
const verdict = find<HTMLElement>('verdict');
const markdown = find<HTMLTextAreaElement>('markdown');

const worker = new Worker(URL.createObjectURL(new Blob([WORKER], { type: 'text/javascript' })));
const ask = (request: Request): void => worker.postMessage(request);
const box = whyBox((pasted) => ask({ kind: 'why', pasted }));

let outcome: Outcome | undefined;
let ready = false;

function busy(what: string): void {
  bar.hidden = false;
  bar.value = 0;
  status.textContent = what;
  trouble.hidden = true;
  document.body.setAttribute('aria-busy', 'true');
}

function idle(what: string): void {
  bar.hidden = true;
  status.textContent = what;
  document.body.removeAttribute('aria-busy');
}

function judge(dropped?: readonly File[]): void {
  const question: Question = {
    ...(dropped ? { files: dropped } : {}),
    on: on.value.trim(),
    against: against.value
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== ''),
    every: every.checked,
    paths: paths.value as Question['paths'],
  };
  busy(dropped ? 'reading' : 'judging');
  ask({ kind: 'judge', question });
}

function show(next: Outcome): void {
  outcome = next;
  ready = next.hasTrace || next.markdown !== '';
  const { headline } = next;
  verdict.className = `verdict ${headline.level}`;
  verdict.replaceChildren();
  const title = document.createElement('h2');
  title.textContent = headline.text;
  verdict.append(title);
  for (const line of headline.details) {
    const paragraph = document.createElement('p');
    paragraph.textContent = line;
    verdict.append(paragraph);
  }
  // Escaped by the reporters; and this page's policy runs no script but its own.
  sections.innerHTML = next.sections;
  markdown.value = next.markdown;
  find<HTMLElement>('take').hidden = next.markdown === '';
  find<HTMLButtonElement>('redact').hidden = !next.hasTrace;
  for (const name of next.profiles) {
    const line = `profile:${name}`;
    if (!against.value.split('\n').includes(line))
      against.value = `${against.value.trimEnd()}\n${line}`.trimStart();
  }
  results.hidden = false;
  idle(headline.text);
  verdict.focus();
}

function save(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

worker.onmessage = ({ data }: MessageEvent<Answer>) => {
  switch (data.kind) {
    case 'progress':
      bar.value = data.part;
      status.textContent = `${data.what}, ${Math.round(data.part * 100)} %`;
      return;
    case 'outcome':
      return show(data.outcome);
    case 'redacted':
      idle('the redacted trace is saved');
      return save(data.blob, data.name);
    case 'why':
      return box.show(data.explained);
    case 'failure': {
      box.settle();
      trouble.textContent = failureText(data.failure);
      trouble.hidden = false;
      idle('');
    }
  }
};

files.addEventListener('change', () => {
  if (files.files && files.files.length > 0) judge([...files.files]);
});
for (const name of ['dragenter', 'dragover'] as const) {
  document.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.add('over');
  });
}
for (const name of ['dragleave', 'drop'] as const) {
  document.addEventListener(name, () => drop.classList.remove('over'));
}
document.addEventListener('drop', (event) => {
  event.preventDefault();
  const dropped = [...(event.dataTransfer?.files ?? [])];
  if (dropped.length > 0) judge(dropped);
});
form.addEventListener('submit', (event) => {
  event.preventDefault();
  if (ready || outcome) judge();
  else files.focus();
});
find('redact').addEventListener('click', () => {
  busy('redacting');
  ask({ kind: 'redact', paths: paths.value as Question['paths'] });
});
find('save-html').addEventListener('click', () => {
  if (outcome) save(new Blob([outcome.html], { type: 'text/html' }), 'trace-build.html');
});
find('save-json').addEventListener('click', () => {
  if (outcome) save(new Blob([outcome.json], { type: 'application/json' }), 'trace-build.json');
});
find('save-markdown').addEventListener('click', () => {
  if (outcome) save(new Blob([outcome.markdown], { type: 'text/markdown' }), 'trace-build.md');
});
find('copy').addEventListener('click', async () => {
  // Without a secure context (a file) some browsers offer no clipboard: the selection is the next best thing.
  markdown.select();
  try {
    await navigator.clipboard.writeText(markdown.value);
    status.textContent = 'copied';
  } catch {
    status.textContent = document.execCommand('copy') ? 'copied' : 'selected: copy it with the keyboard';
  }
});
