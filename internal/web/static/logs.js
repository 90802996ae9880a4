// The output of a program, as it is written. The server has put its last lines into
// the page; here the logs are followed from there, by the API's own addresses.
import { Painter } from './ansi.js';
import { ask } from './ask.js';

const most = 5000; // lines of a log that are kept in the page
const longest = 64 << 10; // of a line that does not end
const chunk = 64 << 10; // bytes of what is asked for before the first line
const again = 2000; // milliseconds
const look = 1000; // milliseconds between two looks of a window without the focus
const truncated = '==> File truncated <==\n'; // what the server writes when a log that is followed was cut
const piece = 256 << 10; // bytes of what is asked for at a look

export function followLogs() {
  const element = document.getElementById('logs');
  if (element) new Logs(element);
}

// Logs are all streams of a program, and the controls that they share.
class Logs {
  constructor(element) {
    this.element = element;
    this.streams = [...element.querySelectorAll('[data-live-log]:not([data-none])')].map((pane) => new Stream(this, pane));
    this.merged = document.getElementById('pane-merged');
    this.follow = document.getElementById('log-follow');
    this.paused = false;
    this.order = 0; // of the lines of all streams, as they came
    for (const s of this.streams) s.adopt();
    this.follow.addEventListener('click', () => this.pause(!this.paused));
    document.getElementById('log-wrap').addEventListener('change', (e) => element.classList.toggle('unwrapped', !e.target.checked));
    document.getElementById('log-view')?.addEventListener('change', (e) => this.show(e.target.value));
    this.search = new Search(this);
    for (const kind of ['focus', 'blur']) addEventListener(kind, () => this.turn());
    document.addEventListener('visibilitychange', () => (document.hidden ? this.stop() : this.start()));
    addEventListener('pagehide', () => this.stop());
    addEventListener('pageshow', (e) => e.persisted && this.start());
    this.start();
  }

  start() {
    if (!document.hidden) for (const s of this.streams) s.start();
  }

  stop() {
    for (const s of this.streams) s.stop();
  }

  // turn follows with the focus, and looks again and again without it: a browser has
  // six connections to a server for all of its windows.
  turn() {
    this.stop();
    this.start();
  }

  // pause lets nothing move; what comes meanwhile is counted.
  pause(paused) {
    this.paused = paused;
    this.follow.setAttribute('aria-pressed', String(!paused));
    this.label();
    if (!paused) for (const s of this.streams) s.flush(true);
  }

  label() {
    const { pause, follow, held } = this.element.dataset;
    const n = this.streams.reduce((sum, s) => sum + s.waiting.length, 0);
    this.follow.textContent = this.paused ? (n > 0 ? `${follow} (${held.replace('%s', n)})` : follow) : pause;
  }

  // show puts the lines into a box for each stream, or all into one in the order in
  // which they came.
  show(view) {
    this.isMerged = view === 'merged';
    this.merged.hidden = !this.isMerged;
    for (const s of this.streams) {
      s.pane.hidden = this.isMerged;
      if (!this.isMerged) s.nothing.before(...s.lines.map((l) => l.element));
    }
    if (this.isMerged) {
      const all = this.streams.flatMap((s) => s.lines).sort((a, b) => a.order - b.order);
      this.box.replaceChildren(...all.map((l) => l.element));
      toEnd(this.box);
    } else for (const s of this.streams) toEnd(s.box);
    this.search.look();
  }

  get box() {
    return this.merged.querySelector('.lines');
  }
}

// Stream is one log.
class Stream {
  constructor(logs, pane) {
    this.logs = logs;
    this.pane = pane;
    this.box = pane.querySelector('.lines');
    this.nothing = pane.querySelector('.nothing');
    this.earlier = pane.querySelector('.earlier');
    this.first = Number(pane.dataset.first);
    this.next = Number(pane.dataset.next);
    this.lines = [];
    this.waiting = []; // while it is paused, and until the next frame
    this.rest = ''; // of a line that has not ended
    this.painter = new Painter();
    this.decoder = new TextDecoder();
    this.earlier.addEventListener('click', () => this.before());
  }

  // adopt takes over the lines that the server has written.
  adopt() {
    for (const element of this.box.querySelectorAll('.l')) {
      element.classList.add(`of-${this.pane.dataset.stream}`);
      this.lines.push({ element, order: this.logs.order++ });
    }
    toEnd(this.box);
  }

  async start() {
    if (this.control) return;
    const control = new AbortController();
    this.control = control;
    while (!control.signal.aborted) {
      const ok = await this.once(control.signal);
      if (control.signal.aborted) return;
      this.say(ok ? '' : this.logs.element.dataset.lost);
      await new Promise((resolve) => setTimeout(resolve, ok ? look : again));
    }
  }

  // once follows for as long as it can, or looks once; false if the server did not
  // answer.
  async once(signal) {
    try {
      if (document.hasFocus()) {
        await this.read(signal);
        return false; // it has ended
      }
      return await this.peek(signal);
    } catch {
      return false; // it is tried again, unless it was us who ended it
    }
  }

  stop() {
    this.control?.abort();
    this.control = null;
  }

  say(text) {
    this.pane.querySelector('.pane-state').textContent = text;
  }

  // ask gives the answer if there is one.
  async ask(query, signal) {
    const answer = await ask(`${this.pane.dataset.liveLog}?${query}&offset=${this.next}`, { signal });
    // The log is shorter than it was: it was rotated or cleared meanwhile.
    if (answer.status === 416) this.anew();
    return answer.ok ? answer : null;
  }

  async read(signal) {
    const answer = await this.ask('follow=true', signal);
    if (!answer) return;
    this.say('');
    for (const reader = answer.body.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) return;
      this.bytes(value);
    }
  }

  async peek(signal) {
    const answer = await this.ask(`limit=${piece}`, signal);
    if (answer) this.bytes(new Uint8Array(await answer.arrayBuffer()));
    return answer !== null;
  }

  bytes(value) {
    this.next += value.length;
    this.take(this.decoder.decode(value, { stream: true }));
  }

  // anew goes on with what is there now.
  anew() {
    this.next = 0;
    this.earlier.hidden = true;
    this.rest = '';
    this.decoder = new TextDecoder();
    this.push(this.logs.element.dataset.anew, 'notice-line');
  }

  // take cuts text into lines. One that has not ended is shown as far as it is.
  take(text) {
    const cut = text.lastIndexOf(truncated);
    if (cut >= 0) this.next = new TextEncoder().encode(text.slice(cut + truncated.length)).length;
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop();
    for (const line of lines) this.push(line);
    if (this.rest.length > longest) {
      this.push(this.rest);
      this.rest = '';
    }
  }

  push(text, kind) {
    this.waiting.push({ text, kind });
    if (this.waiting.length > most) this.waiting.splice(0, this.waiting.length - most);
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.flush();
    });
  }

  // flush shows what has come, all of a frame at once.
  flush(toBottom = false) {
    if (this.logs.paused) {
      this.logs.label();
      return;
    }
    const box = this.logs.isMerged ? this.logs.box : this.box;
    const atEnd = toBottom || box.scrollTop + box.clientHeight >= box.scrollHeight - 8;
    const fresh = this.waiting.map(({ text, kind }) => {
      const element = document.createElement('div');
      element.className = `l of-${this.pane.dataset.stream}`;
      if (kind) {
        element.classList.add(kind);
        element.textContent = text;
      } else this.painter.paint(element, text);
      return { element, order: this.logs.order++ };
    });
    this.waiting = [];
    this.lines.push(...fresh);
    if (fresh.length > 0) {
      this.nothing.hidden = true;
      this.box.classList.remove('is-empty');
    }
    if (this.logs.isMerged) box.append(...fresh.map((l) => l.element));
    else this.nothing.before(...fresh.map((l) => l.element));
    if (this.lines.length > most) {
      for (const { element } of this.lines.splice(0, this.lines.length - most)) element.remove();
      this.earlier.hidden = true; // what would stand between is not there
    }
    if (atEnd) toEnd(box);
    this.logs.search.look(fresh.map((l) => l.element));
  }

  // before asks for what stands before the first line.
  async before() {
    const from = Math.max(0, this.first - chunk);
    this.earlier.disabled = true; // until this is there
    try {
      const answer = await ask(`${this.pane.dataset.liveLog}?offset=${from}&limit=${this.first - from}`);
      if (answer.ok) this.prepend(from, new Uint8Array(await answer.arrayBuffer()));
      else this.earlier.hidden = true;
    } catch {
      // The button is there to be pressed again.
    } finally {
      this.earlier.disabled = false;
    }
  }

  prepend(from, bytes) {
    // A line that is cut is left for the next time.
    const begin = from > 0 ? bytes.indexOf(10) + 1 : 0;
    const lines = new TextDecoder().decode(bytes.subarray(begin)).replace(/\n$/, '').split('\n');
    const painter = new Painter();
    const fresh = lines.map((text, i) => {
      const element = document.createElement('div');
      element.className = `l of-${this.pane.dataset.stream}`;
      painter.paint(element, text);
      return { element, order: -1e9 + this.first + i };
    });
    this.first = from + begin;
    this.lines.unshift(...fresh);
    const height = this.box.scrollHeight;
    this.earlier.after(...fresh.map((l) => l.element));
    this.box.scrollTop += this.box.scrollHeight - height;
    this.earlier.hidden = this.first === 0;
    this.logs.search.look();
  }
}

function toEnd(box) {
  box.scrollTop = box.scrollHeight;
}

// Search finds lines, and goes from one to the next.
class Search {
  constructor(logs) {
    this.logs = logs;
    this.input = document.getElementById('log-search');
    this.found = document.getElementById('log-found');
    this.at = -1;
    this.input.addEventListener('input', () => {
      this.at = -1;
      this.look();
      this.go(-1);
    });
    this.input.addEventListener('keydown', (e) => {
      if (e.key !== 'Enter') return;
      e.preventDefault();
      this.go(e.shiftKey ? -1 : 1);
    });
    document.getElementById('log-previous').addEventListener('click', () => this.go(-1));
    document.getElementById('log-next').addEventListener('click', () => this.go(1));
  }

  // look marks the lines that have the text: of all, or of those that are new.
  look(elements) {
    const text = this.input.value.toLowerCase();
    if (text === '' && !this.marked) return;
    for (const line of elements ?? this.logs.element.querySelectorAll('.l')) {
      line.classList.toggle('hit', text !== '' && line.textContent.toLowerCase().includes(text));
    }
    this.marked = text !== '';
    this.count();
  }

  get hits() {
    return [...this.logs.element.querySelectorAll('.pane:not([hidden]) .l.hit')];
  }

  count() {
    const n = this.hits.length;
    this.found.value = this.marked ? this.logs.element.dataset.found.replace('%s', this.at < 0 ? '–' : this.at + 1).replace('%s', n) : '';
  }

  // go goes to the next match, and around at the ends.
  go(step) {
    const hits = this.hits;
    this.logs.element.querySelector('.l.here')?.classList.remove('here');
    if (hits.length === 0) {
      this.at = -1;
      this.count();
      return;
    }
    this.at = this.at < 0 ? hits.length - 1 : (this.at + step + hits.length) % hits.length;
    const hit = hits[this.at];
    hit.classList.add('here');
    hit.scrollIntoView({ block: 'nearest' });
    this.count();
  }
}
