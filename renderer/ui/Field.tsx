import { ChevronsUpDown } from 'lucide-react';
import { type ComponentProps, type ReactNode, useId } from 'react';
import './Field.css';

interface FieldProps extends Omit<ComponentProps<'input'>, 'value' | 'onChange'> {
  label: string;
  value: string;
  onValue: (value: string) => void;
  /** What is wrong, a sentence; shown under the field and read with it. */
  wrong?: string | null | undefined;
  help?: ReactNode;
  /** A word at the right: "free", "Same key". */
  word?: ReactNode;
  state?: 'right' | undefined;
  mono?: boolean;
}

/** A labelled line of text. */
export function Field({ label, value, onValue, wrong, help, word, state, mono, className, ...rest }: FieldProps) {
  const id = useId();
  return (
    <div className={['field', className].filter(Boolean).join(' ')}>
      <label htmlFor={id}>{label}</label>
      <div className={['input', wrong && 'wrong', state].filter(Boolean).join(' ')}>
        <input
          spellCheck={false}
          autoComplete="off"
          {...rest}
          id={id}
          className={mono ? 'mono' : undefined}
          value={value}
          aria-invalid={wrong ? true : undefined}
          aria-describedby={wrong || help ? `${id}-help` : undefined}
          onChange={(event) => onValue(event.target.value)}
        />
        {word}
      </div>
      {(wrong || help) && (
        <div id={`${id}-help`} className={wrong ? 'help wrong wrap' : 'help wrap'}>
          {wrong || help}
        </div>
      )}
    </div>
  );
}

/** One of more than five. */
export function Select({
  label,
  value,
  onValue,
  options,
  help,
}: {
  label: string;
  value: string;
  onValue: (value: string) => void;
  options: readonly (readonly [value: string, text: string])[];
  help?: ReactNode;
}) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <SelectBox id={id} value={value} onValue={onValue} options={options} />
      {help && <div className="help">{help}</div>}
    </div>
  );
}

/** The box of a Select alone, for a place that has its label elsewhere. */
export function SelectBox({
  id,
  value,
  onValue,
  options,
}: {
  id: string;
  value: string;
  onValue: (value: string) => void;
  options: readonly (readonly [value: string, text: string])[];
}) {
  return (
    <div className="select-box">
      <select id={id} className="select" value={value} onChange={(event) => onValue(event.target.value)}>
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
      <ChevronsUpDown className="icon s" aria-hidden />
    </div>
  );
}

export function Checkbox({ checked, onChecked, children }: { checked: boolean; onChecked: (checked: boolean) => void; children: ReactNode }) {
  return (
    <label className="checkbox">
      <input type="checkbox" checked={checked} onChange={(event) => onChecked(event.target.checked)} />
      <span>{children}</span>
    </label>
  );
}

/** A checkbox in a row, named for those who do not see the row; its click is not the row's. */
export function Tick({ label, checked, onChecked }: { label: string; checked: boolean; onChecked: () => void }) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: it only keeps the click from the row, which keys do not reach
    <label className="checkbox tick" onClick={(event) => event.stopPropagation()}>
      <input type="checkbox" aria-label={label} checked={checked} onChange={onChecked} />
    </label>
  );
}

export function Radio({ name, checked, onChecked, children }: { name: string; checked: boolean; onChecked: () => void; children: ReactNode }) {
  return (
    <label className="radio">
      <input type="radio" name={name} checked={checked} onChange={onChecked} />
      <span className="line">{children}</span>
    </label>
  );
}

/** Acts at once. */
export function Switch({ label, checked, onChecked, ...rest }: { label: string; checked: boolean; onChecked: (checked: boolean) => void; 'data-follow'?: boolean }) {
  return <button {...rest} type="button" role="switch" className="switch" aria-label={label} aria-checked={checked} onClick={() => onChecked(!checked)} />;
}

/** One of two to five, all seen; arrow keys move. */
export function Segmented<T extends string>({
  label,
  value,
  onValue,
  options,
}: {
  label: string;
  value: T;
  onValue: (value: T) => void;
  options: readonly (readonly [value: T, text: ReactNode])[];
}) {
  const step = (from: HTMLElement, by: number) => {
    const all = [...(from.parentElement?.children ?? [])] as HTMLElement[];
    const next = all[(all.indexOf(from) + by + all.length) % all.length];
    next?.focus();
    next?.click();
  };
  return (
    <div className="segmented" role="radiogroup" aria-label={label}>
      {options.map(([option, text]) => (
        // biome-ignore lint/a11y/useSemanticElements: a radio input cannot be drawn as one bar
        <button
          key={option}
          type="button"
          role="radio"
          aria-checked={option === value}
          tabIndex={option === value ? 0 : -1}
          onClick={() => onValue(option)}
          onKeyDown={({ key, currentTarget }) => {
            if (key === 'ArrowRight' || key === 'ArrowDown') step(currentTarget, 1);
            if (key === 'ArrowLeft' || key === 'ArrowUp') step(currentTarget, -1);
          }}
        >
          {text}
        </button>
      ))}
    </div>
  );
}
