// Forms of actions are sent without leaving the page: what stops something is asked
// for in a dialog, and the answer is told in a corner. Without this module the server
// asks and answers with pages.
import { ask } from './ask.js';

export function sendInPlace() {
  document.addEventListener('submit', (e) => {
    const form = e.target;
    const button = e.submitter;
    const action = (button?.getAttribute('formaction') ?? form.getAttribute('action') ?? '').match(/^\/actions\/(.+)$/)?.[1];
    if (!action || form.method !== 'post') return;
    e.preventDefault();
    send(form, button, action);
  });
}

async function send(form, button, action) {
  if (button?.ariaBusy === 'true') return; // it was pressed twice
  const data = new FormData(form, button);
  const names = data.getAll('only').length > 0 ? data.getAll('only') : namesOf(data);
  if (names.length > 0 && needsAsking(action)) {
    if (!(await confirmed(action, button?.dataset.label ? [button.dataset.label] : names))) return;
    data.set('confirmed', 'yes');
  }
  if (button?.dataset.leave) {
    leave(data, action, button.dataset.leave);
    return;
  }
  if (button) button.ariaBusy = 'true';
  try {
    const answer = await ask(`/actions/${action}`, {
      method: 'POST', body: new URLSearchParams(data), headers: { Accept: 'application/json' },
    });
    if (answer.status !== 401) tell(await answer.json());
  } catch {
    tell({ text: document.getElementById('toasts').dataset.failed, failed: true });
  } finally {
    if (button) button.ariaBusy = null;
  }
}

// leave sends the form as a page does, since what this page is about will be gone.
function leave(data, action, back) {
  data.set('back', back);
  const form = document.createElement('form');
  form.method = 'post';
  form.action = `/actions/${action}`;
  for (const [name, value] of data) {
    const input = document.createElement('input');
    input.type = 'hidden';
    input.name = name;
    input.value = value;
    form.append(input);
  }
  document.body.append(form);
  form.submit();
}

// namesOf are the rows that are ticked. A group that is ticked as a whole has all of
// them ticked, unless some are hidden by the filter: then only those that are seen
// are meant.
function namesOf(data) {
  const names = data.getAll('name').filter((name) => !name.endsWith(':*'));
  data.delete('name');
  for (const name of names) data.append('name', name);
  return names;
}

function needsAsking(action) {
  return document.querySelector(`#confirm template[data-ask="${CSS.escape(action)}"]`) !== null;
}

let settle = () => {}; // answers the question that is open

function confirmed(action, names) {
  const dialog = document.getElementById('confirm');
  const text = dialog.querySelector(`template[data-ask="${CSS.escape(action)}"]`).dataset;
  const one = names.length === 1;
  document.getElementById('confirm-title').textContent = one ? text.single.replace('%s', names[0]) : text.many.replace('%s', names.length);
  document.getElementById('confirm-help').textContent = text.help;
  document.getElementById('confirm-yes').textContent = text.yes;
  document.getElementById('confirm-names').replaceChildren(...(one ? [] : names).map((name) => {
    const item = document.createElement('li');
    item.textContent = name;
    return item;
  }));
  dialog.returnValue = '';
  dialog.showModal();
  // The end of a dialog is told some time after it, when it may be open again for
  // another question: the one before is answered then.
  settle(false);
  dialog.onclose = () => {
    if (!dialog.open) settle(dialog.returnValue === 'yes');
  };
  return new Promise((resolve) => {
    settle = resolve;
  });
}

// tell shows what became of an action. A success goes away by itself.
function tell({ text, failed }) {
  const toasts = document.getElementById('toasts');
  const toast = document.createElement('div');
  toast.className = failed ? 'toast bad' : 'toast';
  const p = document.createElement('p');
  p.textContent = text;
  const close = document.createElement('button');
  close.type = 'button';
  close.className = 'quiet';
  close.textContent = '×';
  close.ariaLabel = toasts.dataset.close;
  close.addEventListener('click', () => toast.remove());
  toast.append(p, close);
  toasts.append(toast);
  if (!failed) setTimeout(() => toast.remove(), 6000);
}
