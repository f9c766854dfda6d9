import { useId } from 'react';
import type { AppSetting } from '../../../shared/contract/apps/configuration.ts';
import './SettingRow.css';

/** What stands in the field where nobody typed: nothing for a default, which is the placeholder then. */
export const textOf = ({ from, value }: AppSetting) => (from === 'default' ? '' : (value ?? ''));

const examples: Record<string, string> = {
  processes: 'mail: python mail.py',
  schedules: 'tidy: 30 4 * * * python tidy.py',
  build: 'python manage.py collectstatic --noinput',
  before: 'python manage.py migrate',
  after: 'python warm.py',
  packages: 'redis>=5',
  persist: 'media',
};

/** One setting: what it is at the left, its value at the right; lists and maps have a line for each item. */
export function SettingRow({ one, draft, wrong, onDraft }: { one: AppSetting; draft: string | undefined; wrong: string | null; onDraft: (text: string) => void }) {
  const id = useId();
  const text = draft ?? textOf(one);
  const isLong = one.form === 'list' || one.form === 'map';
  const shared = {
    id,
    className: 'mono',
    spellCheck: false,
    autoComplete: 'off',
    'data-setting': one.name,
    'aria-invalid': wrong !== null ? true : undefined,
    'aria-describedby': `${id}-help${wrong === null ? '' : ` ${id}-wrong`}`,
  } as const;
  return (
    <div className={isLong ? 'app-setting long' : 'app-setting'}>
      <div className="grow">
        <div className="line">
          <label htmlFor={id} className="mono">
            {one.name}
          </label>
          {draft !== undefined && draft !== textOf(one) ? <span className="tag changed">changed</span> : one.from === 'folder' && <span className="tag">from the folder</span>}
        </div>
        <p id={`${id}-help`} className="help wrap">
          {one.description}
          {isLong && '; one a line'}.
        </p>
      </div>
      <div className="control">
        <div className={['input', isLong && 'area', wrong !== null && 'wrong'].filter(Boolean).join(' ')}>
          {isLong ? (
            <textarea
              {...shared}
              rows={Math.min(12, Math.max(1, text.split('\n').length))}
              value={text}
              placeholder={one.value ?? examples[one.name] ?? ''}
              onChange={(event) => onDraft(event.target.value)}
            />
          ) : (
            <input {...shared} value={text} placeholder={one.value ?? one.fallback ?? ''} onChange={(event) => onDraft(event.target.value)} />
          )}
        </div>
        {wrong !== null && (
          <p id={`${id}-wrong`} className="help wrong wrap" role="alert">
            {wrong}
          </p>
        )}
      </div>
    </div>
  );
}
