// Elements that keep themselves up to date. One has
//
//   id            of its own
//   data-live     the types of events that it hears of, separated by blanks
//   data-part     the part of this page that holds the element itself
//   data-rows     the part that holds only what is about the names that it is asked
//                 for (?name=), if the element has rows with data-key
//   data-new      the types of events that count for names without a row; none: all
//   data-about    the only name that it is about; none: all of them
//   data-pause    milliseconds between two requests at least
//   data-every    after how many seconds the rows that are seen are asked for again, or all
//                 of it if it has none
//   data-version  stays the same while an answer has nothing new
//   data-without  parameters of the address that do not count
//
// or, if it is a list that grows at its beginning,
//
//   data-grows    how many rows it has at most
//   data-after    what stands for its first row: only what came after it is asked for
//   data-whole    in an answer: all rows are there, and take the place of the old
//
// What comes takes the place of the elements with the same ids. All of it is made by
// the server; here is only when to ask.
import { ask } from './ask.js';
import { released } from './press.js';
import { tick } from './time.js';

const gather = 150; // milliseconds in which changes are gathered
const most = 200; // names in one request

const parts = new Map(); // by the id of the element

export function keepLive() {
  for (const { id, dataset } of document.querySelectorAll('[data-live]')) parts.set(id, dataset.grows ? new Growing(id) : new Part(id));
  if (parts.size > 0) new Stream([...parts.values()]).open();
}

// partOf is what keeps an element live.
export const partOf = (id) => parts.get(id);

// Stream hears of events as long as somebody looks. A page that is not seen holds no
// connection, of which a browser has six for all its windows.
class Stream {
  constructor(parts) {
    this.parts = parts;
    this.types = new Set(parts.flatMap((p) => p.types));
    this.state = document.getElementById('link-state');
    document.addEventListener('visibilitychange', () => (document.hidden ? this.close() : this.open()));
    addEventListener('pagehide', () => this.close());
    addEventListener('pageshow', (e) => e.persisted && this.open());
  }

  open() {
    if (this.source || document.hidden) return;
    this.say('connecting');
    const source = new EventSource(`/api/v1/events?types=${[...this.types].join(',')}`);
    this.source = source;
    source.onopen = () => {
      this.say('live');
      // What happened before the stream began is not told.
      if (this.opened) this.refreshAll();
      else for (const part of this.parts) part.began();
      this.opened = true;
    };
    source.onerror = () => {
      this.say('stale');
      if (source.readyState !== EventSource.CLOSED) return; // it tries again by itself
      this.close();
      this.again = setTimeout(() => this.open(), 3000);
      ask('/api/v1/daemon').catch(() => {}); // why it was refused: the session may be over
    };
    source.addEventListener('GAP', () => this.refreshAll());
    for (const type of this.types) {
      source.addEventListener(type, (e) => this.hear(type, JSON.parse(e.data)));
    }
    for (const part of this.parts) part.watch();
  }

  close() {
    clearTimeout(this.again);
    this.source?.close();
    this.source = null;
    for (const part of this.parts) part.rest();
  }

  hear(type, event) {
    for (const part of this.parts) {
      if (part.types.includes(type)) part.changed(keyOf(event), type);
    }
  }

  refreshAll() {
    for (const part of this.parts) part.changed(null);
  }

  say(state) {
    if (!this.state) return;
    this.state.className = `link-state is-${state}`;
    this.state.querySelector('.word').textContent = this.state.getAttribute(`data-say-${state}`);
  }
}

// keyOf is the data-key of what an event is about, null for what is not one row.
function keyOf(event) {
  if (event.process) return `program:${event.process.process}`;
  const { job, jobstore } = event.run ?? event.job ?? {};
  if (job) return `job:${jobstore}/${job}`;
  return null;
}

// Part is one live element.
class Part {
  constructor(id) {
    this.id = id;
    this.types = this.element.dataset.live.split(' ');
    this.heard = new Map(); // the type of the last event, by the key of what it is about
    this.all = false;
    this.least = Number(this.element.dataset.pause ?? gather);
    this.pause = gather;
  }

  // The element itself may have been replaced.
  get element() {
    return document.getElementById(this.id);
  }

  // began is called when the stream has begun, a moment after the page was made.
  began() {}

  changed(key, type) {
    const { about, part } = this.element?.dataset ?? {};
    if (!part || (about && key && key !== about)) return;
    if (key) this.heard.set(key, type);
    else this.all = true;
    this.timer ??= setTimeout(() => this.refresh(), this.pause);
  }

  // wanted says what to ask for: names, if all that has changed has a row. A list to
  // which pages were added stays as it is, but for its rows.
  wanted() {
    const { rows, new: fresh, grown } = this.element.dataset;
    const known = new Set(rows ? [...this.element.querySelectorAll('[data-key]')].map((e) => e.dataset.key) : []);
    const names = [];
    let { all } = this;
    for (const [key, type] of this.heard) {
      if (known.has(key)) names.push(key);
      else all ||= !fresh || fresh.split(' ').includes(type);
    }
    this.heard.clear();
    this.all = false;
    return { all: all && grown === undefined, names };
  }

  // refresh asks for what has changed. It pauses for as long as the answer took, so
  // that a server or a page that has much to do is not asked without end.
  async refresh() {
    const began = performance.now();
    let many = 0;
    try {
      if (this.element) {
        const { all, names } = this.wanted();
        many = names.length;
        if (all) await this.renewFrom('part', []);
        else await this.renewRows(names);
      }
    } finally {
      this.pause = Math.max(this.least, Math.min(5000, 2 * (performance.now() - began) + many));
      this.timer = null;
      if (this.all || this.heard.size > 0) this.timer = setTimeout(() => this.refresh(), this.pause);
    }
  }

  async renewRows(names) {
    for (let i = 0; i < names.length; i += most) await this.renewFrom('rows', names.slice(i, i + most));
  }

  // renewFrom puts into place what the part of that kind has, of the names or of all.
  async renewFrom(kind, names) {
    if (!this.element) return;
    const address = this.address(kind, names);
    try {
      const answer = await ask(address, { headers: { Accept: 'text/html' } });
      if (!answer.ok) return;
      const html = await answer.text();
      await released();
      // Meanwhile somebody may have asked for something else, with a filter.
      if (this.element && this.address(kind, names) === address) this.place(html);
      else this.changed(null);
    } catch {
      // The stream is gone as well; when it is back, everything is asked for.
    }
  }

  address(kind, names) {
    const address = new URL(location.href);
    const { dataset } = this.element;
    for (const parameter of (dataset.without ?? '').split(' ')) address.searchParams.delete(parameter);
    address.searchParams.set('part', dataset[kind]);
    for (const name of names) address.searchParams.append('name', name);
    address.hash = '';
    this.amend(address);
    return address.href;
  }

  amend() {}

  place(html) {
    put(html);
  }

  // watch asks again and again for the rows that are seen, if they want that.
  watch() {
    const { every, rows } = this.element?.dataset ?? {};
    if (!every || this.clock) return;
    this.clock = setInterval(() => {
      if (!rows) return this.changed(null);
      const seen = [...this.element.querySelectorAll('[data-key]')].filter(isSeen).map((e) => e.dataset.key);
      for (const key of seen) this.changed(key, '');
    }, 1000 * Number(every));
  }

  rest() {
    clearInterval(this.clock);
    this.clock = null;
  }
}

// Growing is a list that grows at its beginning. It can be held: then it only counts
// what would change it.
class Growing extends Part {
  held = false;
  missed = 0;

  began() {
    this.changed(null);
  }

  changed(key, type) {
    if (!this.held) {
      super.changed(key, type);
      return;
    }
    this.missed++;
    document.dispatchEvent(new CustomEvent('held', { detail: this.missed }));
  }

  hold(held) {
    this.held = held;
    this.missed = 0;
    if (!held) this.changed(null);
  }

  // renew asks for all rows.
  renew() {
    this.element.dataset.after = '';
    this.changed(null);
  }

  amend(address) {
    const empty = !this.element.querySelector('.row');
    address.searchParams.set('after', empty ? '' : this.element.dataset.after);
  }

  place(html) {
    const template = document.createElement('template');
    template.innerHTML = html;
    const fresh = template.content.firstElementChild;
    const first = this.element.querySelector('.row');
    if ('whole' in fresh.dataset || !first) {
      if (!this.held) put(html);
      return;
    }
    if (this.held) return;
    first.before(...fresh.querySelectorAll('.row'));
    for (const row of [...this.element.querySelectorAll('.row')].slice(Number(this.element.dataset.grows))) row.remove();
    this.element.dataset.after = fresh.dataset.after;
    tick();
  }
}

function isSeen(element) {
  const box = element.getBoundingClientRect();
  return box.bottom > 0 && box.top < innerHeight && box.height > 0;
}

// put places the elements of an answer where those with the same ids are. What is
// ticked or open stays so, and so does the focus.
export function put(html) {
  const template = document.createElement('template');
  template.innerHTML = html;
  const focus = document.activeElement?.closest('[id]') && describe(document.activeElement);
  const renew = sameToken(template.content);
  const placed = [];
  for (const fresh of [...template.content.children]) {
    const old = document.getElementById(fresh.id);
    if (!old) continue;
    for (const details of old.querySelectorAll('details[open]')) fresh.querySelector(`#${CSS.escape(details.id)}`)?.setAttribute('open', '');
    if (old.isEqualNode(fresh)) continue;
    if (old.matches('.row') && patched(old, fresh)) {
      placed.push(old);
      continue;
    }
    const places = scrolled(old);
    const ticked = new Set([...old.querySelectorAll('input:checked')].map((e) => e.value));
    for (const input of fresh.querySelectorAll('input[type=checkbox]')) input.checked = ticked.has(input.value);
    tick(fresh);
    old.replaceWith(fresh);
    placed.push(fresh);
    for (const [id, top] of places) document.getElementById(id)?.scrollTo({ top, behavior: 'instant' });
  }
  renew();
  if (focus && document.activeElement === document.body) find(focus)?.focus({ preventScroll: true });
  document.dispatchEvent(new CustomEvent('put', { detail: placed }));
}

// sameToken gives the forms of an answer the token that those of the page have, since
// it is written differently each time and would make everything look changed. What it
// returns gives all of them the one that came: the other may be of a daemon that is no
// more.
function sameToken(content) {
  const all = (within) => within.querySelectorAll('[name=form_token]');
  const token = all(content)[0]?.value;
  const has = all(document)[0]?.value;
  if (token && has) for (const input of all(content)) input.setAttribute('value', has);
  return () => {
    if (token) for (const input of all(document)) input.setAttribute('value', token);
  };
}

// patched brings a row up to date cell by cell: most of them stay as they are, and
// with them what is ticked, the focus, and the work to make them.
function patched(old, fresh) {
  if (old.children.length !== fresh.children.length) return false;
  for (const { name, value } of fresh.attributes) {
    if (name !== 'hidden' && name !== 'class' && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  const ticked = old.classList.contains('ticked');
  old.className = fresh.className;
  old.classList.toggle('ticked', ticked);
  const cells = [...fresh.children];
  for (const [i, cell] of [...old.children].entries()) {
    if (cell.isEqualNode(cells[i])) continue;
    tick(cells[i]);
    cell.replaceWith(cells[i]);
  }
  return true;
}

// scrolled are the boxes that scroll by themselves, and where they stand. One that
// is at its end stays there.
function scrolled(element) {
  return [...element.querySelectorAll('[data-scroll]')].map((e) => [e.id, e.scrollTop + e.clientHeight >= e.scrollHeight - 4 ? 1e9 : e.scrollTop]);
}

// describe says where a control is, so that the one in its place can be found.
function describe(element) {
  const row = element.closest('[id]');
  const { tagName, name, value } = element;
  return { row: row.id, tagName, name, value, formAction: element.getAttribute('formaction'), href: element.getAttribute('href') };
}

function find({ row, tagName, name, value, formAction, href }) {
  const place = document.getElementById(row);
  if (!place) return null;
  const same = [place, ...place.querySelectorAll(tagName)].filter((e) => e.tagName === tagName && e.name === name && e.value === value && e.getAttribute('href') === href);
  return same.find((e) => e.getAttribute('formaction') === formAction) ?? same[0];
}
