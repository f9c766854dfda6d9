import { Copy } from 'lucide-react';
import { useId, useState } from 'react';
import type { Variable } from '../../../shared/contract/variables.ts';
import { readDotenv } from '../../../shared/rules/dotenv.ts';
import { count } from '../../lib/format.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { type Draft, rowsOf, withDotenv, words } from './changes.ts';

/** The text of a .env file, and what it would add and change. Nothing is sent: it joins the changes of the page. */
export function PasteDialog({
  known,
  drafts,
  onClose,
  onTake,
}: {
  known: readonly Variable[];
  drafts: readonly Draft[];
  onClose: () => void;
  onTake: (drafts: readonly Draft[]) => void;
}) {
  const id = useId();
  const [text, setText] = useState('');
  const read = readDotenv(text);
  const next = withDotenv(known, drafts, read);
  const found = rowsOf(known, next).filter(({ name, state }) => state !== 'same' && read.variables.some((one) => one.name === name));
  const same = read.variables.length - found.length;
  const [bad] = read.wrong;
  const off = bad !== undefined ? `Mend line ${bad.line} first` : found.length === 0 && (read.variables.length > 0 ? 'All of it is so already' : 'Paste it first');
  const take = () => {
    if (off) return;
    onTake(next);
    onClose();
  };
  return (
    <Dialog
      title="Paste a .env file"
      open
      onClose={onClose}
      onSubmit={take}
      footer={
        <>
          <span className="small third">Nothing is sent yet.</span>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" icon={Copy} type="submit" off={off}>
            {found.length > 0 ? `Take ${count(found.length, 'variable')}` : 'Take'}
          </Button>
        </>
      }
    >
      <div className="field">
        <label htmlFor={id}>Its text</label>
        <div className={bad === undefined ? 'input paste' : 'input paste wrong'}>
          <textarea
            id={id}
            data-first
            className="mono"
            rows={8}
            spellCheck={false}
            autoComplete="off"
            placeholder={'DATABASE_URL=postgres://…\nSECRET_KEY="…"'}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </div>
        <p className="help">What it does not name stays as it is. Nothing in it is expanded.</p>
      </div>
      {text.trim() !== '' && (
        <ul className="changes mono boxed" aria-label="What it changes">
          {read.wrong.map((one) => (
            <li key={`wrong ${one.line}`} className="removed">
              <span aria-hidden>✗</span>
              <span className="wrap">
                Line {one.line}: {one.text}
              </span>
            </li>
          ))}
          {read.refused.map((one) => (
            <li key={`refused ${one.name}`} className="is-warn">
              <span aria-hidden>!</span>
              <span className="wrap">
                Left out, line {one.line}: {one.text}
              </span>
            </li>
          ))}
          {read.twice.map((one) => (
            <li key={`twice ${one.name}`} className="is-warn">
              <span aria-hidden>!</span>
              <span className="wrap">
                {one.name} stands in lines {one.lines.join(', ')}: the last one counts
              </span>
            </li>
          ))}
          {found.map((row) => (
            <li key={row.key} className={row.state}>
              <span aria-hidden>{row.state === 'new' ? '+' : '~'}</span>
              <span className="cut" title={words(row)}>
                {words(row)}
              </span>
            </li>
          ))}
          {same > 0 && (
            <li className="third">
              <span />
              <span>{same} so already</span>
            </li>
          )}
        </ul>
      )}
    </Dialog>
  );
}
