// A control that is replaced while it is pressed would never be clicked: what comes
// from the server waits until it is let go.
let letGo = null; // ends the wait
let wait = Promise.resolve();

export function watchPresses() {
  addEventListener('pointerdown', press, true);
  addEventListener('keydown', (e) => e.key === ' ' && press(), true);
  // The click comes after these, in the same turn.
  for (const kind of ['pointerup', 'pointercancel', 'keyup', 'dragend']) addEventListener(kind, () => setTimeout(release), true);
  addEventListener('blur', release); // of the window: that of an element does not come here
}

// released resolves when nothing is pressed.
export const released = () => wait;

function press() {
  if (!letGo) wait = new Promise((resolve) => (letGo = resolve));
}

function release() {
  letGo?.();
  letGo = null;
}
