import { X } from 'lucide-react';
import { type CSSProperties, useEffect, useRef } from 'react';
import { useApi } from '../../lib/context.ts';
import { useLook } from '../../stores/look.ts';
import { untold, useShells } from '../../stores/shells.ts';
import { type Pane, useTabs } from '../../stores/tabs.ts';
import { IconButton } from '../../ui/Button.tsx';
import { useFinding, useZoom } from './finding.ts';
import { SearchLine } from './SearchLine.tsx';
import { sessionOf } from './sessions.ts';
import { PaneIcon, placeWords, Standing } from './TabView.tsx';

/** One shell in its place; with a head where it is not the only one. */
export function PaneView({ pane, focused, number, of, style }: { pane: Pane; focused: boolean; number: number; of: number; style: CSSProperties }) {
  const api = useApi();
  const look = useLook(({ look }) => look);
  const steps = useZoom(({ steps }) => steps);
  const searched = useFinding((finding) => finding.pane === pane.id);
  const { focus, close } = useTabs();
  const status = useShells(({ of }) => of[pane.id]) ?? untold;
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const session = sessionOf(pane, api);
    session.show(element);
    const observer = new ResizeObserver(() => session.fit());
    observer.observe(element);
    return () => {
      observer.disconnect();
      session.hide();
    };
  }, [pane, api]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is worn has changed
  useEffect(() => sessionOf(pane, api).dress(), [pane, api, look, steps]);
  useEffect(() => {
    if (focused) sessionOf(pane, api).focus();
  }, [focused, pane, api]);
  const name = pane.app ?? pane.host;
  return (
    <section
      className={focused ? 'pane focused' : 'pane'}
      style={style}
      aria-label={of === 1 ? `Terminal of ${name}` : `Terminal of ${name}, pane ${number} of ${of}`}
      onFocus={() => focus(pane.id)}
    >
      {of > 1 && (
        <header>
          <PaneIcon pane={pane} />
          <span className="name cut">{name}</span>
          <Standing status={status} otherwise={status.title || placeWords(pane)} />
          <IconButton size="mini" icon={X} label={`Close pane ${number} of ${name}`} onClick={() => close(pane.id)} />
        </header>
      )}
      {searched && <SearchLine session={sessionOf(pane, api)} />}
      <div className={look.terminal.theme === 'window' ? 'screen' : `screen ${look.terminal.theme}`} ref={box} />
      {status.state === 'opening' && <p className="opening small third">Opening a terminal on {pane.host}</p>}
    </section>
  );
}
