import { CaseSensitive, ChevronDown, ChevronUp, X } from 'lucide-react';
import { type KeyboardEvent, useEffect, useRef } from 'react';
import { IconButton } from '../../ui/Button.tsx';
import { mostMarked, useFinding } from './finding.ts';
import type { Session } from './session.ts';

/** Searches a pane and what can be scrolled back to: Enter goes to the match above, Shift Enter below, Escape back to the shell. */
export function SearchLine({ session }: { session: Session }) {
  const { text, exact, at, count } = useFinding();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    input.current?.select();
    return () => session.endSearch();
  }, [session]);
  // A long scrollback takes a moment: not at each key.
  useEffect(() => {
    const timer = setTimeout(() => session.find(text, exact, 'here'), 100);
    return () => clearTimeout(timer);
  }, [session, text, exact]);
  const step = (back: boolean) => session.find(text, exact, back ? 'above' : 'below');
  const close = () => {
    useFinding.setState({ pane: null });
    session.focus();
  };
  const press = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' && event.key !== 'Escape') return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === 'Escape') close();
    else step(!event.shiftKey);
  };
  const found = text === '' ? '' : count === 0 ? 'not found' : at === 0 ? `more than ${mostMarked.toLocaleString('en')}` : `${at} of ${count}`;
  return (
    // biome-ignore lint/a11y/useSemanticElements: <search> is not known to the Chromium of Electron 25
    <div role="search" className="search-line" aria-label="Search in this terminal">
      <div className="input">
        <input
          ref={input}
          // biome-ignore lint/a11y/noAutofocus: it was opened to be typed in
          autoFocus
          aria-label="Search for"
          placeholder="Search"
          spellCheck={false}
          data-filter
          value={text}
          onChange={(event) => useFinding.setState({ text: event.target.value })}
          onKeyDown={press}
        />
        <span className="small third whole" role="status">
          {found}
        </span>
      </div>
      <IconButton icon={ChevronUp} label="Above (Enter)" onClick={() => step(true)} />
      <IconButton icon={ChevronDown} label="Below (Shift Enter)" onClick={() => step(false)} />
      <IconButton icon={CaseSensitive} label="Capital letters count" aria-pressed={exact} onClick={() => useFinding.setState({ exact: !exact })} />
      <IconButton icon={X} label="Close the search (Esc)" onClick={close} />
    </div>
  );
}
