/**
 * The script of the HTML report: search, theme, everything unfolded for print. The page is complete without it.
 * It writes no HTML and reads no data but `data-s` (what can be searched) from the page.
 */
export const SCRIPT = `
(() => {
  const search = document.querySelector('input[type=search]');
  const found = document.getElementById('found');
  const items = [...document.querySelectorAll('[data-s]')].map((element) => [element, element.dataset.s.toLowerCase()]);
  const apply = () => {
    const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
    let count = 0;
    for (const [element, text] of items) {
      const hit = words.every((word) => text.includes(word));
      element.classList.toggle('hidden', !hit);
      if (hit) count++;
      if (hit && words.length) for (let up = element.parentElement; up; up = up.parentElement) {
        up.classList.remove('hidden');
        if (up.tagName === 'DETAILS' && !up.classList.contains('denial')) up.open = true;
      }
    }
    found.textContent = words.length ? count + ' found' : '';
  };
  search.addEventListener('input', apply);
  search.addEventListener('keydown', (event) => { if (event.key === 'Escape') { search.value = ''; apply(); } });
  document.addEventListener('keydown', (event) => {
    if (event.key === '/' && document.activeElement !== search) { event.preventDefault(); search.focus(); }
  });
  document.getElementById('theme').addEventListener('click', () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
    root.dataset.theme = dark ? 'light' : 'dark';
  });
  let closed = [];
  addEventListener('beforeprint', () => {
    closed = [...document.querySelectorAll('details:not([open])')];
    for (const element of closed) element.open = true;
  });
  addEventListener('afterprint', () => { for (const element of closed) element.open = false; });
  for (const element of document.querySelectorAll('.js')) element.classList.remove('hidden');
})();
`;
