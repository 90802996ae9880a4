// What a program writes to a terminal, as elements: the same as ansi.go makes on the
// server. Painter keeps the look from line to line, as a terminal does.
const escapes = /\x1b\[([0-9;:]*)m|\x1b\[[^@-~]*[@-~]?|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b(?!\x1b)[ -\/]*.?|[\x00-\x08\x0b-\x1f\x7f]/gu;

export class Painter {
  constructor(look = {}) {
    this.look = { ...look };
  }

  // paint fills an element with a line.
  paint(element, line) {
    // What was written over shows what it was last.
    const shown = line.replace(/\r+$/, '').replace(/^.*\r/s, '');
    const nodes = [];
    let from = 0;
    for (const match of shown.matchAll(escapes)) {
      this.put(nodes, shown.slice(from, match.index));
      from = match.index + match[0].length;
      if (match[1] !== undefined) this.set(match[1]);
    }
    this.put(nodes, shown.slice(from));
    element.replaceChildren(...nodes);
  }

  put(nodes, text) {
    if (text === '') return;
    const names = this.classes();
    if (names === '') {
      nodes.push(text);
      return;
    }
    const span = document.createElement('span');
    span.className = names;
    span.textContent = text;
    nodes.push(span);
  }

  classes() {
    const { bold, faint, italic, under, inverse } = this.look;
    let { fore, back } = this.look;
    if (inverse) [fore, back] = [back, fore];
    return [
      inverse && 'a-inverse', fore !== undefined && `a-f${fore}`, back !== undefined && `a-b${back}`,
      bold && 'a-bold', faint && 'a-faint', italic && 'a-italic', under && 'a-under',
    ].filter(Boolean).join(' ');
  }

  // set reads the numbers of "Select Graphic Rendition".
  set(parameters) {
    const numbers = parameters.split(/[;:]/).filter((n) => n !== '').map(Number);
    if (numbers.length === 0) this.look = {};
    while (numbers.length > 0) {
      const n = numbers.shift();
      if (n === 38 || n === 48) this.look[n === 38 ? 'fore' : 'back'] = extended(numbers);
      else this.one(n);
    }
  }

  one(n) {
    const { look } = this;
    if (n === 0) this.look = {};
    else if (n === 1) look.bold = true;
    else if (n === 2) look.faint = true;
    else if (n === 3) look.italic = true;
    else if (n === 4) look.under = true;
    else if (n === 7) look.inverse = true;
    else if (n === 22) look.bold = look.faint = false;
    else if (n === 23) look.italic = false;
    else if (n === 24) look.under = false;
    else if (n === 27) look.inverse = false;
    else if (n >= 30 && n <= 37) look.fore = n - 30;
    else if (n === 39) delete look.fore;
    else if (n >= 40 && n <= 47) look.back = n - 40;
    else if (n === 49) delete look.back;
    else if (n >= 90 && n <= 97) look.fore = n - 82;
    else if (n >= 100 && n <= 107) look.back = n - 92;
  }
}

// extended takes the numbers of one of 256 colours, or of all, off the front, and
// gives the one of the sixteen that is near.
function extended(numbers) {
  const kind = numbers.shift();
  if (kind === 5) {
    const n = numbers.shift() ?? 0;
    if (n < 16) return n;
    if (n < 232) return nearest(Math.floor((n - 16) / 36) * 51, (Math.floor((n - 16) / 6) % 6) * 51, ((n - 16) % 6) * 51);
    return nearest(...Array(3).fill((n - 232) * 10));
  }
  if (kind === 2) return nearest(...[0, 0, 0].map(() => numbers.shift() ?? 0));
  return undefined;
}

// nearest keeps what of red, green and blue is strong.
function nearest(...parts) {
  const most = Math.max(...parts);
  if (most < 50) return 0;
  const colour = parts.reduce((sum, part, i) => sum + (part * 2 > most ? 1 << i : 0), 0);
  return most > 200 ? colour + 8 : colour;
}
