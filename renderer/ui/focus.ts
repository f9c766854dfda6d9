/** Where the focus was before the first of the dialogs that are open now. */
let cameFrom: HTMLElement | null = null;

/** Before a dialog takes the focus: remembers where it is, unless that is another dialog. */
export function leaveFocus(): void {
  const before = document.activeElement;
  if (before instanceof HTMLElement && before !== document.body && before.closest('.dialog, .palette') === null) cameFrom = before;
}

/**
 * After a dialog closed: the focus goes where it is wanted, else back to where it was, else to the page.
 * @param yields not where something has taken it meanwhile: what the dialog led to
 */
export function comeBack(wanted: HTMLElement | null, yields = false): void {
  // One dialog took the place of another.
  if (document.querySelector('.dialog') !== null) return;
  // Where it was is gone: a list may have given it to what came in its place.
  const isTaken = document.activeElement !== null && document.activeElement !== document.body;
  const target = wanted ?? (cameFrom?.isConnected && !(yields && isTaken) ? cameFrom : isTaken ? null : document.querySelector<HTMLElement>('main'));
  cameFrom = null;
  target?.focus({ preventScroll: true });
}
