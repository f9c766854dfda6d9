import { CircleDot, CircleStop, Columns2, Package, Plus, ScrollText, Search } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { dividersOf, type Place, placesOf } from '../../lib/layout.ts';
import { useOverlays } from '../../stores/overlays.ts';
import { untold, useShells } from '../../stores/shells.ts';
import { mostPanes, type TerminalTab, useTabs } from '../../stores/tabs.ts';
import { IconButton } from '../../ui/Button.tsx';
import { SnippetPalette } from '../snippets/SnippetPalette.tsx';
import { keyName } from '../window/keys.ts';
import { act } from './acts.ts';
import { DividerLine } from './DividerLine.tsx';
import { actOf } from './keys.ts';
import { PaneView } from './PaneView.tsx';
import { PasteDialog } from './PasteDialog.tsx';
import { sessionAt } from './sessions.ts';
import { TabView } from './TabView.tsx';
import './Terminals.css';

/** The open terminals: a bar of tabs, and the panes of the chosen one. */
export default function Terminals({ host }: { host: string | null }) {
  const { tabs, active, show } = useTabs();
  const tab = tabs.find(({ id }) => id === active) ?? tabs[0];
  useKeys();
  if (tab === undefined) return null;
  const at = tab.panes.find(({ id }) => id === tab.focus);
  const app = at?.app ?? null;
  const full = tab.panes.length >= mostPanes;
  return (
    <>
      <nav className="terminal-bar" aria-label="Terminals">
        <ul>
          {tabs.map((one) => (
            <TabView key={one.id} tab={one} chosen={one.id === tab.id} />
          ))}
        </ul>
        {host !== null && <IconButton icon={Plus} label={`Another terminal on ${host}`} onClick={() => show(host, null, { another: true })} />}
        <div className="acts">
          {app !== null && (
            <IconButton
              icon={Package}
              label={`Open with the environment of ${app}: its variables, packages and user`}
              onClick={() => show(at?.host ?? '', app, { another: true, environment: true })}
            />
          )}
          <IconButton
            icon={Columns2}
            label={`Split (${keyName('Ctrl Shift \\')})`}
            off={full && `A tab has ${mostPanes} panes at most: open another tab`}
            onClick={() => act('split')}
          />
          <RecordButton pane={tab.focus} />
          <IconButton icon={ScrollText} label={`Snippets (${keyName('Ctrl Shift S')})`} onClick={() => act('snippets')} />
          <IconButton icon={Search} label={`Search (${keyName('Ctrl Shift F')})`} onClick={() => act('search')} />
        </div>
      </nav>
      <Room key={tab.id} tab={tab} />
      <PasteDialog />
      <SnippetsOf tab={tab} />
    </>
  );
}

/** Whether the pane that has the keys is recorded in a file, and the act that begins and ends it. */
function RecordButton({ pane }: { pane: number }) {
  const status = useShells(({ of }) => of[pane]) ?? untold;
  const on = status.recording !== null;
  return (
    <IconButton
      icon={on ? CircleStop : CircleDot}
      className={on ? 'is-fail' : undefined}
      aria-pressed={on}
      label={on ? `Stop recording in ${status.recording}` : 'Record in a file what this terminal prints, secrets too'}
      off={!on && status.state !== 'open' && 'It can be recorded once it is open'}
      onClick={() => act('record')}
    />
  );
}

/** The snippets, for the pane that asked for them. */
function SnippetsOf({ tab }: { tab: TerminalTab }) {
  const { snippets, hide } = useOverlays();
  const pane = tab.panes.find(({ id }) => id === snippets);
  if (pane === undefined) return null;
  return <SnippetPalette to={pane.app ?? pane.host} onUse={(text, runs) => void sessionAt(pane.id)?.insert(text, runs)} onClose={hide} />;
}

/** The panes of a tab, each where the layout has it: they are never moved in the page, which would take their focus. */
function Room({ tab }: { tab: TerminalTab }) {
  const room = useRef<HTMLDivElement>(null);
  const places = placesOf(tab.layout);
  return (
    <div className="terminal-room" ref={room}>
      {tab.panes.map((pane, index) => {
        const place = places.find((one) => one.pane === pane.id)?.place;
        return place && <PaneView key={pane.id} pane={pane} focused={tab.focus === pane.id} number={index + 1} of={tab.panes.length} style={percent(place)} />;
      })}
      {dividersOf(tab.layout).map((divider) => (
        <DividerLine key={divider.path.join('')} tab={tab.id} divider={divider} room={room} />
      ))}
    </div>
  );
}

const percent = ({ left, top, width, height }: Place) => ({ left: `${left * 100}%`, top: `${top * 100}%`, width: `${width * 100}%`, height: `${height * 100}%` });

/** Ours wherever the focus is on this page; xterm leaves them alone. */
function useKeys(): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (document.querySelector('[role=dialog]') !== null) return;
      const { target } = event;
      const inside = target instanceof HTMLElement && target.closest('.xterm') !== null;
      const wanted = actOf(event, window.board.platform === 'darwin', inside);
      if (wanted === null || wanted === 'window') return;
      // In a field the keys of text stay those of text.
      if (target instanceof HTMLInputElement && ['select-all', 'copy', 'paste', 'left', 'right', 'up', 'down'].includes(wanted)) return;
      event.preventDefault();
      act(wanted);
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
}
