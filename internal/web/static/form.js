// The form of a job shows what its trigger will do as it is typed. Without this
// module a button asks for that.
import { ask } from './ask.js';
import { put } from './live.js';

const pause = 250; // milliseconds without a key until it is asked

export function previewAsYouType() {
  const form = document.querySelector('form[data-preview]');
  if (!form) return;
  let timer;
  let last = null;
  const preview = async () => {
    const data = new URLSearchParams(new FormData(form));
    data.set('do', 'preview');
    data.set('part', form.dataset.preview);
    last?.abort();
    last = new AbortController();
    try {
      const answer = await ask(form.action, { method: 'POST', body: data, headers: { Accept: 'text/html' }, signal: last.signal });
      if (!answer.ok) return;
      put(await answer.text());
      mark(form);
    } catch {
      // Another one is under way, or the connection is gone.
    }
  };
  form.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(preview, pause);
  });
}

// mark says at the fields which of them are wrong.
function mark(form) {
  const wrong = new Set([...document.querySelectorAll('#preview [data-field]')].map((e) => e.dataset.field));
  for (const field of form.elements) {
    if (field.name && wrong.has(field.name)) field.ariaInvalid = 'true';
    else if (field.ariaInvalid) field.ariaInvalid = null;
  }
}
