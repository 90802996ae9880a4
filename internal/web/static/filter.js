// The filter of the overview works as it is typed, and its selection is counted.
// Without this module the server filters.
import { ask } from './ask.js';
import { put } from './live.js';

export function filterAsYouType() {
  const form = document.getElementById('filter');
  if (!form) return;
  const apply = () => {
    show(form);
    const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
    history.replaceState(null, '', query.size > 0 ? `?${query}` : location.pathname);
  };
  form.addEventListener('input', apply);
  form.addEventListener('submit', (e) => {
    e.preventDefault();
    apply();
  });
  document.addEventListener('put', (e) => {
    for (const element of e.detail) mark(element);
    if (isEmpty(form)) count();
    else show(form);
  });
  document.addEventListener('change', (e) => e.target.matches('.acts input[type=checkbox]') && ticked(e.target));
  document.addEventListener('reset', () => setTimeout(count));
  document.addEventListener('keydown', (e) => asksForFilter(e) && e.preventDefault());
  document.addEventListener('keyup', (e) => asksForFilter(e) && form.elements.q.focus());
  if (location.search) everything();
  count();
}

// asksForFilter: a slash is typed where nothing is written.
function asksForFilter(e) {
  return e.key === '/' && !e.ctrlKey && !e.metaKey && !e.altKey && !e.target.closest('input:not([type=checkbox]), select, textarea, [contenteditable]');
}

// everything asks for the rows that the server has filtered out.
async function everything() {
  try {
    const answer = await ask('/?part=programs');
    if (answer.ok) put(await answer.text());
  } catch {
    // The rows that the server has filtered are there.
  }
}

const isEmpty = (form) => [...new FormData(form)].every(([, value]) => value === '');

// mark shows which rows are ticked.
function mark(element) {
  for (const input of element.querySelectorAll('.row input[type=checkbox]')) input.closest('.row').classList.toggle('ticked', input.checked);
  if (element.matches('.row')) element.classList.toggle('ticked', element.querySelector('input[type=checkbox]')?.checked ?? false);
}

// show shows what passes the filter, and the groups that have such.
function show(form) {
  const wanted = { text: form.elements.q.value.trim().toLowerCase(), group: form.elements.group.value, class: form.elements.class.value };
  let found = 0;
  for (const group of document.querySelectorAll('#programs .group')) {
    let here = 0;
    for (const row of group.querySelectorAll('.row')) {
      const { name, group: of, class: state } = row.dataset;
      const passes = name.toLowerCase().includes(wanted.text) && (!wanted.group || wanted.group === of) && (!wanted.class || wanted.class === state);
      if (row.hidden === passes) row.hidden = !passes;
      if (passes) here++;
    }
    group.hidden = here === 0;
    found += here;
  }
  const none = document.getElementById('none-found');
  if (none) none.hidden = found > 0;
  count();
}

// ticked carries a tick of a group to its rows that are shown, and back.
function ticked(input) {
  const group = input.closest('.group');
  const whole = group.querySelector('[data-whole]');
  const rows = [...group.querySelectorAll('.row:not([hidden]) input[type=checkbox]')];
  if (input === whole) for (const row of rows) row.checked = whole.checked;
  if (whole) {
    const n = rows.filter((row) => row.checked).length;
    whole.checked = n > 0 && n === rows.length;
    whole.indeterminate = n > 0 && n < rows.length;
  }
  mark(group);
  count();
}

function count() {
  const bar = document.getElementById('selection');
  if (!bar) return;
  const n = document.querySelectorAll('#programs .row input:checked').length;
  bar.classList.toggle('is-empty', n === 0);
  const text = bar.querySelector('.count');
  text.textContent = n > 0 ? text.dataset.text.replace('%s', n) : '';
}
