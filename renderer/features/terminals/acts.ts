import { useOverlays } from '../../stores/overlays.ts';
import { type TerminalTab, useTabs } from '../../stores/tabs.ts';
import { useFinding, zoom } from './finding.ts';
import type { Act } from './keys.ts';
import type { Session } from './session.ts';
import { sessionAt } from './sessions.ts';

/** Does to the pane that has the keys what a key or a button asks for. */
export function act(wanted: Act): void {
  const { tabs, active } = useTabs.getState();
  const tab = tabs.find(({ id }) => id === active);
  if (tab !== undefined) acts[wanted](tab, sessionAt(tab.focus));
}

const acts: Record<Act, (tab: TerminalTab, session: Session | undefined) => void> = {
  'select-all': (_tab, session) => session?.selectAll(),
  copy: (_tab, session) => session?.copy(),
  paste: (_tab, session) => void window.board.readClipboardText().then((text) => session?.paste(text)),
  search: ({ focus }) => {
    useFinding.setState({ pane: focus });
    document.querySelector<HTMLInputElement>('.search-line input')?.select();
  },
  snippets: ({ focus }) => useOverlays.setState({ snippets: focus }),
  record: (_tab, session) => session?.record(),
  'prompt-above': (_tab, session) => session?.jump(true),
  'prompt-below': (_tab, session) => session?.jump(false),
  larger: () => zoom(1),
  smaller: () => zoom(-1),
  'usual-size': () => zoom(0),
  split: ({ focus }, session) => useTabs.getState().split(focus, session?.way ?? 'beside'),
  close: ({ focus }) => useTabs.getState().close(focus),
  left: () => useTabs.getState().focusTowards('left'),
  right: () => useTabs.getState().focusTowards('right'),
  up: () => useTabs.getState().focusTowards('up'),
  down: () => useTabs.getState().focusTowards('down'),
  'next-tab': (tab) => step(tab, 1),
  'last-tab': (tab) => step(tab, -1),
};

function step(from: TerminalTab, by: 1 | -1): void {
  const { tabs, choose } = useTabs.getState();
  const next = tabs[(tabs.indexOf(from) + by + tabs.length) % tabs.length];
  if (next !== undefined) choose(next.id);
}
