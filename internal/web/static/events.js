// The page of events: its filter works as it is typed, and the list can be held.
// Without this module the server filters.
import { partOf } from './live.js';

const pause = 250; // milliseconds after the last key

export function filterEvents() {
  const form = document.getElementById('event-filter');
  if (!form) return;
  let timer;
  form.addEventListener('input', (e) => {
    if (e.target.matches('select')) return;
    clearTimeout(timer);
    timer = setTimeout(() => apply(form), pause);
  });
  // What is listened for depends on the types.
  form.addEventListener('change', (e) => e.target.matches('select') && location.assign(address(form)));
  form.addEventListener('submit', (e) => {
    e.preventDefault();
    clearTimeout(timer);
    apply(form);
  });
  hold(document.getElementById('events-pause'));
}

function address(form) {
  const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
  return query.size > 0 ? `?${query}` : location.pathname;
}

function apply(form) {
  history.replaceState(null, '', address(form));
  partOf('event-rows').renew();
}

// hold lets a button hold the list. How much has come meanwhile stands on it.
function hold(button) {
  const { pause: text, resume, held: count } = button.dataset;
  button.addEventListener('click', () => {
    const held = button.ariaPressed !== 'true';
    button.ariaPressed = String(held);
    button.textContent = held ? resume : text;
    partOf('event-rows').hold(held);
  });
  document.addEventListener('held', (e) => {
    button.textContent = `${resume} · ${count.replace('%s', e.detail)}`;
  });
}
