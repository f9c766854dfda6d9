import { useEffect, useMemo, useRef, useState } from 'react';
import { count } from '../../lib/format.ts';
import { drawn } from './output.ts';
import '../../ui/Code.css';

/** What a step said. */
export function Output({ lines, failing, follow = false }: { lines: readonly string[]; failing: string | null; follow?: boolean }) {
  const parts = useMemo(() => drawn(lines, failing), [lines, failing]);
  const well = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const box = well.current;
    if (box === null) return;
    const mark = box.querySelector<HTMLElement>('.failing');
    if (mark !== null) box.scrollTop = Math.max(0, mark.offsetTop - box.offsetTop - box.clientHeight + 80);
    else if (follow && parts.length > 0) box.scrollTop = box.scrollHeight;
  }, [parts, follow]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section className="well" ref={well} tabIndex={0} aria-label="Output">
      {parts.map((part, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines only ever come after these
        <Part key={index} part={part} />
      ))}
    </section>
  );
}

function Part({ part }: { part: ReturnType<typeof drawn>[number] }) {
  const [open, setOpen] = useState(false);
  if (part.kind === 'place') {
    const [middle, after] = part.after.split('|');
    return (
      <div>
        {part.before}
        <span className="place">{part.file}</span>
        {middle}
        <span className="place">{part.line}</span>
        {after}
      </div>
    );
  }
  if (part.kind !== 'folded') return <div className={part.kind}>{part.text || ' '}</div>;
  return open ? (
    <div className="dim">{part.lines.join('\n')}</div>
  ) : (
    <div className="dim">
      {count(part.count, 'line')} of {part.names || 'libraries'}{' '}
      <button type="button" className="unfold" onClick={() => setOpen(true)}>
        Unfold
      </button>
    </div>
  );
}
