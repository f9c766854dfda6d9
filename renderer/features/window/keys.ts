import { useEffect, useRef } from 'react';
import { go, here } from '../../lib/router.ts';
import { useFolders } from '../../stores/folders.ts';
import { useLook } from '../../stores/look.ts';
import { useOverlays } from '../../stores/overlays.ts';
import { useTabs } from '../../stores/tabs.ts';

/** A key as it is called on this machine. */
export const keyName = (key: string) => (window.board.platform === 'darwin' ? key.replace('Ctrl', '⌘') : key);

/** All keys, as the list of them shows. */
export const allKeys: readonly (readonly [key: string, what: string])[] = [
  ['Ctrl K', 'Palette'],
  ['/', 'Filter of the page'],
  ['Ctrl 1…9', 'Server'],
  ['G then O D L E T S', 'Tab of the app'],
  ['J K', 'Next and last row'],
  ['Enter', 'Open'],
  ['Backspace', 'The folder above'],
  ['Ctrl D', 'Deploy'],
  ['Ctrl U', 'Roll back'],
  ['Ctrl J', 'Terminal'],
  ['Ctrl \\', 'Split a terminal'],
  ['Ctrl W', 'Close its pane'],
  ['Ctrl ← ↑ → ↓', 'The pane beside'],
  ['Ctrl Tab', 'Next terminal'],
  ['Ctrl PgUp PgDn', 'Prompt above, below'],
  ['Ctrl + - 0', 'Size of terminals'],
  ['Ctrl S', 'Apply changes, snippets of a terminal'],
  ['Ctrl F', 'Search in a log'],
  ['F', 'Follow a log'],
  ['B', 'Bookmark its line'],
  ['Ctrl B', 'Sidebar'],
  ['Ctrl ,', 'Settings'],
  ['Esc', 'Close, then step back'],
  ['?', 'All keys'],
];

const tabLetters: Record<string, string> = { o: '', d: '/deployments', l: '/logs', e: '/variables', s: '/settings' };

const isText = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.matches('input:not([type=checkbox]):not([type=radio]), textarea, select') || target.isContentEditable);
const inTerminal = (target: EventTarget | null) => target instanceof HTMLElement && target.closest('.xterm') !== null;

/** The host and app that the page is about. */
export function placeHere(): { host: string | null; app: string | null } {
  const [, host, , app] = /^\/hosts\/([^/]+)(\/apps\/([^/]+))?/.exec(here()) ?? [];
  return { host: host ?? null, app: app ?? null };
}

/** Every key of the window. Inside a terminal all Ctrl keys go to the shell, and ours are the same with Shift. */
export function useKeys(hosts: readonly string[]): void {
  const latest = useRef(hosts);
  latest.current = hosts;
  useEffect(() => {
    let afterG = 0;
    const withCtrl = (key: string): (() => void) | undefined => {
      const { host, app } = placeHere();
      const server = /^[1-9]$/.test(key) ? latest.current[Number(key) - 1] : undefined;
      if (server !== undefined) return () => go(`/hosts/${server}`);
      if (key === 'k') return () => useOverlays.getState().show('palette');
      if (key === 'b') return () => useLook.getState().toggleSidebar();
      if (key === ',') return () => go('/settings');
      if (key === 'd') return () => useFolders.getState().offer({ folder: null, ...(host !== null && { host }), ...(app !== null && { app }) });
      if (key === 'u' && host !== null && app !== null) return () => useOverlays.getState().askRollback({ host, app, release: null });
      if (key === 'f') return () => document.querySelector<HTMLInputElement>('[data-filter]')?.focus();
      if (key === 'j' && host !== null) return () => openTerminal(host, app);
      return undefined;
    };
    const single = (key: string): (() => void) | undefined => {
      const { host, app } = placeHere();
      if (Date.now() - afterG < 1_500 && host !== null && app !== null) {
        afterG = 0;
        if (key === 't') return () => openTerminal(host, app);
        const tab = tabLetters[key];
        if (tab !== undefined) return () => go(`/hosts/${host}/apps/${app}${tab}`);
      }
      if (key === 'g') {
        return () => {
          afterG = Date.now();
        };
      }
      if (key === '/') return () => document.querySelector<HTMLInputElement>('[data-filter]')?.focus();
      if (key === '?') return () => useOverlays.getState().show('keys');
      if (key === 'f') return () => document.querySelector<HTMLElement>('[data-follow]')?.click();
      if (key === 'j' || key === 'k') return () => moveRow(key === 'j' ? 1 : -1);
      return undefined;
    };
    const press = (event: KeyboardEvent) => {
      const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      const ctrl = window.board.platform === 'darwin' ? event.metaKey : event.ctrlKey;
      const open = document.querySelector('[role=dialog]') !== null;
      if (event.altKey || (open && !(ctrl && key === 'k'))) return;
      const typing = isText(event.target);
      const terminal = inTerminal(event.target);
      let act: (() => void) | undefined;
      if (ctrl) act = terminal && !event.shiftKey ? undefined : withCtrl(key);
      else if (key === 'Escape' && !terminal) act = typing ? () => (event.target as HTMLElement).blur() : undefined;
      else if (!typing && !terminal && useLook.getState().look.singleKeys) act = single(event.key === '?' ? '?' : key);
      if (act === undefined) return;
      event.preventDefault();
      act();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
}

/** Opens the terminal of a host or app. */
export function openTerminal(host: string, app: string | null, environment = false): void {
  useTabs.getState().show(host, app, { environment });
  go('/terminal');
}

/** The focus to the next or last row of the page's table. */
function moveRow(by: number): void {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')];
  const at = rows.indexOf(document.activeElement as HTMLElement);
  rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? 0 : at + by))]?.focus();
}
