// Lists that the server filters and pages. A form with
//
//   data-search   the part of the page that holds the list
//
// asks for it as it is typed, and a link with
//
//   data-more     the part that holds the rows behind these
//
// puts them in its place when it is about to be seen. Without this module the form
// is sent and the link is followed.
import { ask } from './ask.js';
import { put } from './live.js';
import { tick } from './time.js';

const pause = 200; // milliseconds without a key until the list is asked for

export function searchAsYouType() {
  for (const form of document.querySelectorAll('form[data-search]')) search(form);
  watchMore();
  document.addEventListener('put', watchMore);
}

function search(form) {
  let timer;
  let last = null;
  const find = async () => {
    const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
    history.replaceState(null, '', query.size > 0 ? `?${query}` : location.pathname);
    query.set('part', form.dataset.search);
    last?.abort();
    last = new AbortController();
    try {
      const answer = await ask(`${form.getAttribute('action')}?${query}`, { headers: { Accept: 'text/html' }, signal: last.signal });
      if (answer.ok) put(await answer.text());
    } catch {
      // Another one is under way, or the connection is gone, which the frame says.
    }
  };
  form.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(find, pause);
  });
  form.addEventListener('submit', (e) => {
    e.preventDefault();
    clearTimeout(timer);
    find();
  });
  document.addEventListener('keydown', (e) => {
    if (e.key !== '/' || e.ctrlKey || e.metaKey || e.altKey || e.target.closest('input, select, textarea, [contenteditable]')) return;
    e.preventDefault();
    form.querySelector('input[type=search]')?.focus();
  });
}

function watchMore() {
  for (const link of document.querySelectorAll('a[data-more]:not([data-watched])')) {
    link.dataset.watched = '';
    const observer = new IntersectionObserver((seen) => {
      if (!seen.some((s) => s.isIntersecting)) return;
      observer.disconnect();
      more(link);
    }, { rootMargin: '600px' });
    observer.observe(link);
  }
}

async function more(link) {
  const address = new URL(link.href);
  address.searchParams.set('part', link.dataset.more);
  try {
    const answer = await ask(address, { headers: { Accept: 'text/html' } });
    if (!answer.ok) return;
    const template = document.createElement('template');
    template.innerHTML = await answer.text();
    // A row that was moved meanwhile is there already.
    for (const row of template.content.querySelectorAll('[id]')) if (document.getElementById(row.id)) row.remove();
    const list = link.closest('[data-live]');
    if (list) list.dataset.grown = '';
    link.parentElement.replaceWith(...template.content.children);
    tick();
    watchMore();
  } catch {
    // The link is still there to be followed.
  }
}
