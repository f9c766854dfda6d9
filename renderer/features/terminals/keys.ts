/** What a key does on the terminal page that is not for the shell. */
export type Act =
  | 'select-all'
  | 'copy'
  | 'paste'
  | 'search'
  | 'snippets'
  | 'record'
  | 'larger'
  | 'smaller'
  | 'usual-size'
  | 'prompt-above'
  | 'prompt-below'
  | 'split'
  | 'close'
  | 'left'
  | 'right'
  | 'up'
  | 'down'
  | 'next-tab'
  | 'last-tab';

interface Key {
  key: string;
  code: string;
  ctrlKey: boolean;
  shiftKey: boolean;
  altKey: boolean;
  metaKey: boolean;
}

const byKey: Record<string, Act> = {
  a: 'select-all',
  c: 'copy',
  v: 'paste',
  f: 'search',
  s: 'snippets',
  w: 'close',
  '+': 'larger',
  '-': 'smaller',
  '0': 'usual-size',
  PageUp: 'prompt-above',
  PageDown: 'prompt-below',
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
};
/** Where they lie, since Shift makes another sign of them on most keyboards. */
const byCode: Record<string, Act> = {
  Backslash: 'split',
  Equal: 'larger',
  NumpadAdd: 'larger',
  Minus: 'smaller',
  NumpadSubtract: 'smaller',
  Digit0: 'usual-size',
  Numpad0: 'usual-size',
};
/** Outside of a terminal these need no Shift, as on other pages. */
const plain: readonly (Act | undefined)[] = ['split', 'search'];

/**
 * Every Ctrl key is the shell's; with Shift they are ours, and on a Mac those with Cmd are.
 * @param inside whether a terminal has the focus
 * @returns 'window' for a key of ours that another part of the window listens to, null for one of the shell's
 */
export function actOf(event: Key, mac: boolean, inside: boolean): Act | 'window' | null {
  if (event.key === 'Tab' && event.ctrlKey) return event.shiftKey ? 'last-tab' : 'next-tab';
  const act = byKey[event.key.length === 1 ? event.key.toLowerCase() : event.key] ?? byCode[event.code];
  const ours = mac ? event.metaKey : event.ctrlKey && (event.shiftKey || (!inside && plain.includes(act)));
  if (!ours || event.altKey) return null;
  // Copy and paste of the system itself: they come as events of their own.
  if (mac && (act === 'copy' || act === 'paste')) return 'window';
  return act ?? 'window';
}
