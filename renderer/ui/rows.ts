import type { KeyboardEvent } from 'react';

/** What makes a table row a thing to open: by click, Enter, and the arrow keys between rows; Space selects it where that means something. */
export function openable(open: () => void, label?: string, select?: () => void) {
  return {
    tabIndex: 0,
    'data-row': '',
    ...(label !== undefined && { 'aria-label': label }),
    onClick: open,
    onKeyDown(event: KeyboardEvent<HTMLElement>) {
      if (event.target !== event.currentTarget) return;
      const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')];
      const at = rows.indexOf(event.currentTarget);
      if (event.key === 'Enter') open();
      else if (event.key === ' ' && select !== undefined) select();
      else if (event.key === 'ArrowDown') rows[at + 1]?.focus();
      else if (event.key === 'ArrowUp') rows[at - 1]?.focus();
      else return;
      event.preventDefault();
    },
  };
}
