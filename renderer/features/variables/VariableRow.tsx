import { Lock, Pencil, Trash2, Undo2 } from 'lucide-react';
import { memo, type RefObject, useId, useRef, useState } from 'react';
import { IconButton } from '../../ui/Button.tsx';
import { Checkbox } from '../../ui/Field.tsx';
import { openable } from '../../ui/rows.ts';
import { Time } from '../../ui/Time.tsx';
import { type Draft, type Row, short } from './changes.ts';

/** What a row does to the page; its latest form, so that a row is drawn again for its own change only. */
export interface RowActs {
  open: (key: string | null) => void;
  edit: (row: Row, to: Partial<Draft>) => void;
  undo: (row: Row) => void;
}

interface RowProps {
  row: Row;
  open: boolean;
  acts: RefObject<RowActs>;
}

const isSame = (one: RowProps, other: RowProps) =>
  one.open === other.open && one.row.before === other.row.before && one.row.draft === other.row.draft && one.row.wrongName === other.row.wrongName;

/** One variable: as it is, or as it will be. Enter or a click opens it in its place. */
export const VariableRow = memo(function VariableRow({ row, open, acts }: RowProps) {
  const onOpen = (now: boolean) => acts.current.open(now ? row.key : null);
  const onEdit = (to: Partial<Draft>) => acts.current.edit(row, to);
  const onUndo = () => acts.current.undo(row);
  const { name, before, state } = row;
  const label = name || 'the new variable';
  if (open && state !== 'removed') return <Editing row={row} onOpen={onOpen} onEdit={onEdit} onUndo={onUndo} />;
  const wrong = row.wrongName ?? row.wrongValue;
  return (
    <tr {...openable(() => state !== 'removed' && onOpen(true), `${label}${row.secret ? ', a secret' : ''}${state === 'same' ? '' : `, ${state}`}`)}>
      <td className="mono" title={name}>
        {state === 'removed' ? <s className="third">{name}</s> : name || <span className="third">no name yet</span>}
      </td>
      <td>{wrong !== null && state !== 'same' ? <span className="small is-fail">{wrong}</span> : <Value row={row} />}</td>
      <td>{state !== 'same' && <span className={`tag ${state}`}>{state}</span>}</td>
      <td className="small third wide-only">
        {state === 'new' ? 'not applied' : before?.secret && before.since !== null ? <Time at={before.since} /> : before !== null && `version ${before.version}`}
      </td>
      <td className="acts">
        {state === 'same' ? (
          <>
            <IconButton size="mini" icon={Pencil} label={before?.secret ? `Replace ${label}` : `Change ${label}`} onClick={() => onOpen(true)} />
            <IconButton
              size="mini"
              icon={Trash2}
              label={`Remove ${label}`}
              onClick={(event) => {
                event.stopPropagation();
                onEdit({ removed: true });
              }}
            />
          </>
        ) : (
          <IconButton
            size="mini"
            icon={Undo2}
            label={`Undo the change of ${label}`}
            onClick={(event) => {
              event.stopPropagation();
              onUndo();
            }}
          />
        )}
      </td>
    </tr>
  );
}, isSame);

function Dots({ text }: { text?: string }) {
  return (
    <span className="line third">
      <Lock className="icon s" aria-label="A secret" />
      <span>{text ?? '••••••••'}</span>
    </span>
  );
}

function Value({ row: { before, draft, secret, state } }: { row: Row }) {
  if (state === 'removed') return before?.secret ? <Dots /> : <s className="mono third">{short(before?.value ?? '')}</s>;
  if (secret) return <Dots {...(state !== 'same' && before !== null && { text: before.secret ? '•••••••• replaced' : '•••••••• a secret now' })} />;
  const value = draft?.value ?? before?.value ?? '';
  if (value === '' && (before === null || before.value === '')) return <span className="third">empty</span>;
  return (
    <span className="mono" title={value}>
      {state === 'changed' && before !== null && !before.secret && <s className="third">{short(before.value ?? '')}</s>}
      {state === 'changed' && before !== null && !before.secret && '  '}
      {short(value)}
    </span>
  );
}

/** The row as a form: its name where it is new, its value, whether it is a secret. Enter is done, Escape undoes, Shift Enter makes a line. */
function Editing({ row, onOpen, onEdit, onUndo }: { row: Row; onOpen: (open: boolean) => void; onEdit: (to: Partial<Draft>) => void; onUndo: () => void }) {
  const { before, draft, secret } = row;
  const id = useId();
  const [left, setLeft] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const first = useRef(draft);
  // What holds characters that are shown as marks cannot be typed on: it is replaced.
  const start = before === null || before.secret || before.marked ? '' : (before.value ?? '');
  const value = draft?.value ?? start;
  const isNew = draft?.isNew === true;
  const wrong = isNew && row.wrongName !== null && (left || draft?.name !== '') ? row.wrongName : left || value !== '' ? row.wrongValue : null;
  const cancel = () => {
    if (first.current === null || isNew) onUndo();
    else onEdit(first.current);
    onOpen(false);
  };
  const keys = (event: React.KeyboardEvent<HTMLElement>) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      cancel();
    } else if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      if (event.currentTarget !== field.current) return field.current?.focus();
      setLeft(true);
      if (row.wrongName === null && row.wrongValue === null) onOpen(false);
    }
  };
  return (
    <tr className="editing">
      <td className="mono" title={row.name}>
        {isNew ? (
          <div className={row.wrongName !== null && (left || draft?.name !== '') ? 'input low wrong' : 'input low'}>
            <input
              // biome-ignore lint/a11y/noAutofocus: it was just asked for
              autoFocus
              className="mono"
              aria-label="Name"
              aria-describedby={wrong === null ? undefined : id}
              aria-invalid={row.wrongName !== null && left}
              placeholder="NAME"
              spellCheck={false}
              value={draft.name}
              onChange={(event) => onEdit({ name: event.target.value.trim() })}
              onKeyDown={keys}
            />
          </div>
        ) : (
          row.name
        )}
      </td>
      <td colSpan={2}>
        <div className="line">
          <div className={row.wrongValue !== null && wrong !== null ? 'input low wrong grow' : 'input low grow'}>
            {secret && <Lock className="icon s" aria-hidden />}
            <textarea
              ref={field}
              // biome-ignore lint/a11y/noAutofocus: it was just asked for
              autoFocus={!isNew}
              className={secret ? 'mono dots' : 'mono'}
              aria-label={isNew ? 'Value' : `Value of ${row.name}`}
              aria-describedby={wrong === null ? undefined : id}
              placeholder={before?.secret ? 'its new value' : ''}
              spellCheck={false}
              autoComplete="off"
              rows={Math.min(8, secret ? 1 : value.split('\n').length)}
              value={value}
              onChange={(event) => onEdit({ value: event.target.value })}
              onKeyDown={keys}
            />
          </div>
          <Checkbox checked={secret} onChecked={(now) => onEdit({ secret: now })}>
            Secret
          </Checkbox>
        </div>
        {wrong !== null && (
          <p id={id} className="help wrong wrap">
            {wrong}
          </p>
        )}
      </td>
      <td className="wide-only" />
      <td className="acts">
        <IconButton size="mini" icon={Undo2} label={isNew ? 'Do not add it' : `Undo the change of ${row.name}`} onClick={onUndo} />
      </td>
    </tr>
  );
}
