// Times that go on: <time data-since> counts up from its time, [data-until] down
// to it, and <time data-relative> says how long ago it was. The server writes the
// same words; the clock that counts is the server's.
const html = document.documentElement;
const ahead = Number(html.dataset.now) - Date.now();
const units = html.dataset.units.split(',');

export function keepTime() {
  tick();
  setInterval(() => tick(), 1000);
  document.addEventListener('visibilitychange', () => tick());
}

// duration is lang.Words.Duration.
function duration(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const parts = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60];
  let first = parts.findIndex((n) => n > 0);
  if (first < 0) first = parts.length - 1;
  const text = `${parts[first]} ${units[first]}`;
  return parts[first + 1] > 0 ? `${text} ${parts[first + 1]} ${units[first + 1]}` : text;
}

// tick brings all times up to date that are in an element.
export function tick(element = document) {
  if (document.hidden) return;
  const now = Date.now() + ahead;
  for (const e of element.querySelectorAll('[data-since]')) {
    write(e, duration(now - Date.parse(e.dateTime)));
  }
  for (const e of element.querySelectorAll('[data-relative]')) {
    write(e, html.dataset.ago.replace('%s', duration(now - Date.parse(e.dateTime))));
  }
  for (const e of element.querySelectorAll('[data-until]')) {
    const left = duration(Date.parse(e.dataset.until) - now);
    write(e, e.dataset.form ? e.dataset.form.replace('%s', left) : html.dataset.in.replace('%s', left));
  }
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
