import { count } from '../../lib/format.ts';
import { usePastes } from '../../stores/pastes.ts';
import { Button } from '../../ui/Button.tsx';
import '../../ui/Code.css';
import { Dialog } from '../../ui/Dialog.tsx';
import { pastedText } from './paste.ts';

/** So many lines are shown; who pastes more reads their beginning and their number. */
const mostShown = 200;

/** What would be typed into a terminal, before it is: Enter pastes, Escape does not. */
export function PasteDialog() {
  const pending = usePastes(({ pending }) => pending);
  if (pending === null) return null;
  const { to, text, held, answer } = pending;
  const { lines, left } = pastedText(text, held);
  const more = lines.length - mostShown;
  return (
    <Dialog
      title={lines.length === 1 ? `Paste this line into ${to}?` : `Paste ${count(lines.length, 'line')} into ${to}?`}
      open
      onClose={() => answer(false)}
      footer={
        <>
          <span className="small third">{left > 0 ? `${count(left, 'control character')} ${left === 1 ? 'is' : 'are'} left out` : ''}</span>
          <Button onClick={() => answer(false)}>Cancel</Button>
          <Button kind="primary" data-first onClick={() => answer(true)}>
            Paste
          </Button>
        </>
      }
    >
      <p className="second wrap">
        {held ? 'The shell shows it and waits for Enter.' : `${lines.length === 1 ? 'It' : 'Each line'} is taken as if you typed it: a command runs at once.`}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <section className="well" tabIndex={0} aria-label="What would be pasted">
        {lines.slice(0, mostShown).map((line, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines of one text that does not change
          <div key={index}>{line || ' '}</div>
        ))}
        {more > 0 && <div className="dim">and {count(more, 'more line', 'more lines')}</div>}
      </section>
    </Dialog>
  );
}
