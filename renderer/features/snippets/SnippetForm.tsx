import { useId, useState } from 'react';
import type { Snippet } from '../../../shared/contract/snippets.ts';
import { snippetNameRule, snippetTextRule } from '../../../shared/rules/snippets.ts';
import { sentence } from '../../lib/format.ts';
import { useCommand } from '../../lib/query.ts';
import { Button } from '../../ui/Button.tsx';
import { Field } from '../../ui/Field.tsx';
import { Problem } from '../../ui/Panel.tsx';

/** A new snippet, or one that is changed. @param onEnd told what it is called now, null where nothing was kept */
export function SnippetForm({ of, begun, onEnd }: { of: Snippet | null; begun: string; onEnd: (name: string | null) => void }) {
  const save = useCommand('snippets.save', { touches: ['snippets.'] });
  const [name, setName] = useState(of?.name ?? begun);
  const [text, setText] = useState(of?.text ?? '');
  const [tried, setTried] = useState(false);
  const id = useId();
  const send = () => {
    setTried(true);
    if (snippetNameRule(name.trim()) !== null || snippetTextRule(text) !== null) return;
    save.mutate({ name: name.trim(), text, ...(of !== null && { replaces: of.name }) }, { onSuccess: () => onEnd(name.trim()) });
  };
  const atName = save.error !== null && save.error.field === 'name' && save.variables?.name === name.trim();
  const wrongText = tried ? sentence(snippetTextRule(text)) : null;
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <b>{of === null ? 'New snippet' : `Change ${of.name}`}</b>
      <Field
        autoFocus={of === null && begun === ''}
        label="Name"
        value={name}
        onValue={setName}
        placeholder="Reload nginx"
        wrong={(tried ? sentence(snippetNameRule(name.trim())) : null) ?? (atName ? (save.error?.message ?? null) : null)}
      />
      <div className="field">
        <label htmlFor={id}>Text</label>
        <div className={wrongText === null ? 'input area' : 'input area wrong'}>
          <textarea
            id={id}
            className="mono"
            // biome-ignore lint/a11y/noAutofocus: it was just asked for
            autoFocus={of !== null || begun !== ''}
            spellCheck={false}
            rows={Math.max(4, Math.min(12, text.split('\n').length))}
            placeholder="sudo systemctl reload nginx"
            value={text}
            aria-invalid={wrongText !== null}
            aria-describedby={`${id}-help`}
            onChange={(event) => setText(event.target.value.replaceAll('\r\n', '\n'))}
            onKeyDown={(event) => {
              if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) send();
            }}
          />
        </div>
        <p id={`${id}-help`} className={wrongText === null ? 'help' : 'help wrong'}>
          {wrongText ?? 'Typed as it stands; one line or more'}
        </p>
      </div>
      {save.error !== null && !atName && <Problem failure={save.error} />}
      <div className="line">
        <Button onClick={() => onEnd(null)}>Cancel</Button>
        <Button kind="primary" type="submit" working={save.isPending && 'Saving'}>
          Save
        </Button>
      </div>
    </form>
  );
}
