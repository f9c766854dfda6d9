import { useState } from 'react';
import { z } from 'zod';
import { Failure } from '../../../shared/errors.ts';
import type { Input, OperationName } from '../../lib/api.ts';
import { useApi } from '../../lib/context.ts';
import { useQueryClient } from '@tanstack/react-query';
import { Button } from '../../ui/Button.tsx';
import { Checkbox, Field, Select } from '../../ui/Field.tsx';
import { Problem } from '../../ui/Panel.tsx';
import { allOperations } from './entries.ts';

interface Asked {
  name: string;
  /** list: words, with spaces between them. */
  kind: 'text' | 'list' | 'number' | 'boolean' | 'choice' | 'folder';
  choices: string[];
  required: boolean;
  help: string;
}

/** What an operation asks for, read off its schema. */
function asked(input: z.ZodType): Asked[] {
  const schema = z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' }) as {
    properties?: Record<string, { type?: string; enum?: string[]; description?: string; kind?: string }>;
    required?: string[];
  };
  const shown = Object.entries(schema.properties ?? {}).filter(([, { kind }]) => kind !== 'window');
  return shown.map(([name, { type, enum: choices, description, kind }]) => ({
    name,
    kind:
      kind === 'folder' || kind === 'list' ? kind : choices !== undefined ? 'choice' : type === 'boolean' ? 'boolean' : type === 'integer' || type === 'number' ? 'number' : 'text',
    choices: choices ?? [],
    required: schema.required?.includes(name) ?? false,
    help: description ?? '',
  }));
}

/** The first field has the focus when a form appears. */
const focusInto = (form: HTMLElement | null) => {
  if (form !== null && !form.contains(document.activeElement)) form.querySelector<HTMLElement>('input, select, button')?.focus();
};

/** Any operation as a form made from its declaration: for what has no page of its own. */
export function OperationForm({ name, host, app, onBack, onClose }: { name: string; host: string | null; app: string | null; onBack: () => void; onClose: () => void }) {
  const api = useApi();
  const client = useQueryClient();
  const operation = allOperations.find(([known]) => known === name)?.[1];
  const fields = operation === undefined ? [] : asked(operation.input);
  const [values, setValues] = useState<Record<string, string | boolean>>(() => ({
    ...(host !== null && { host, ...(name.startsWith('hosts.') && { name: host }) }),
    ...(app !== null && { app }),
  }));
  const [folder, setFolder] = useState<string | null>(null);
  const [running, setRunning] = useState<AbortController | null>(null);
  const [lines, setLines] = useState<string[]>([]);
  const [failure, setFailure] = useState<Failure | null>(null);
  if (operation === undefined) return null;

  const run = async () => {
    const input = Object.fromEntries(
      fields.flatMap(({ name, kind }) =>
        values[name] === undefined || values[name] === ''
          ? []
          : [[name, kind === 'number' ? Number(values[name]) : kind === 'list' ? String(values[name]).trim().split(/\s+/) : values[name]]],
      ),
    );
    const abort = new AbortController();
    setRunning(abort);
    setFailure(null);
    setLines([]);
    const say = (value: unknown) => setLines((before) => [...before, typeof value === 'string' ? value : JSON.stringify(value, null, 1)].slice(-400));
    try {
      say(await api.call(name as OperationName, input as Input<OperationName>, { signal: abort.signal, onEvent: (event) => say(JSON.stringify(event)) }));
      if (operation.kind === 'command') void client.invalidateQueries();
    } catch (error) {
      setFailure(error instanceof Failure ? error : new Failure('bug', String(error)));
    }
    setRunning(null);
  };
  const choose = async (field: string) => {
    const picked = await window.board.chooseFolder();
    if (picked === null) return;
    set(field, picked.handle);
    setFolder(picked.name);
  };
  const set = (field: string, value: string | boolean) => setValues({ ...values, [field]: value });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
    >
      <div className="asked">
        <span className="tag">{name.replace('.', ' ')}</span>
        <span className="grow second cut">{operation.summary}</span>
        <kbd>Esc</kbd>
      </div>
      <div className="form" ref={focusInto}>
        {fields.map((field) =>
          field.kind === 'boolean' ? (
            <Checkbox key={field.name} checked={values[field.name] === true} onChecked={(checked) => set(field.name, checked)}>
              {field.help || field.name}
            </Checkbox>
          ) : field.kind === 'choice' ? (
            <Select
              key={field.name}
              label={field.name}
              value={String(values[field.name] ?? '')}
              onValue={(value) => set(field.name, value)}
              options={[['', 'as it is'] as const, ...field.choices.map((choice) => [choice, choice] as const)]}
              help={field.help}
            />
          ) : field.kind === 'folder' ? (
            <div key={field.name} className="line">
              <Button onClick={() => void choose(field.name)}>Choose a folder</Button>
              <span className="second cut">{folder ?? field.help}</span>
            </div>
          ) : (
            <Field
              key={field.name}
              label={field.required ? field.name : `${field.name}, if wanted`}
              value={String(values[field.name] ?? '')}
              onValue={(value) => set(field.name, value)}
              help={field.help}
              wrong={failure?.field === field.name ? failure.message : null}
            />
          ),
        )}
        {failure !== null && !fields.some(({ name }) => name === failure.field) && <Problem failure={failure} />}
        {lines.length > 0 && <pre className="answer">{lines.join('\n')}</pre>}
        <div className="line">
          <Button kind="ghost" onClick={onBack}>
            Back
          </Button>
          {running === null ? <Button onClick={onClose}>Close</Button> : <Button onClick={() => running.abort()}>Stop</Button>}
          <Button kind="primary" type="submit" working={running !== null && 'Running'}>
            Run
          </Button>
        </div>
      </div>
    </form>
  );
}
