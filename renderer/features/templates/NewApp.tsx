import { BookOpen, Cog, FileText, FolderOpen, GitBranch, FolderPlus, Globe, type LucideIcon, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { Template } from '../../../shared/contract/templates.ts';
import { appNameRule } from '../../../shared/rules/names.ts';
import { sentence } from '../../lib/format.ts';
import { useCommand, useOperation } from '../../lib/query.ts';
import { go } from '../../lib/router.ts';
import { useImports } from '../../stores/imports.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import { Field } from '../../ui/Field.tsx';
import { Panel, Problem, Skeleton } from '../../ui/Panel.tsx';
import { useChosenHost } from '../window/chosen.ts';
import { Bar } from '../window/Bar.tsx';
import { AddTemplate } from './AddTemplate.tsx';
import './NewApp.css';

const icons: Record<string, LucideIcon> = { worker: Cog, mkdocs: BookOpen, static: FileText, folder: FolderOpen, git: GitBranch };

/** A new app from a template: which one, what it is called, where it is made; then its plan, as of any folder. */
export function NewApp() {
  const { bring, into, makeIn } = useImports();
  const host = useChosenHost();
  const list = useOperation('templates.list', {});
  const create = useCommand('templates.create');
  const remove = useCommand('templates.remove', { touches: ['templates.'] });
  const [template, setTemplate] = useState('flask');
  const [name, setName] = useState('');
  const [left, setLeft] = useState(false);
  const [adds, setAdds] = useState(false);
  const refused = create.error?.problem === 'cancelled' ? null : create.error;
  const wrong = name === '' && !left ? null : sentence(appNameRule(name));
  const wrongName = wrong ?? (refused?.field === 'name' && create.variables?.name === name ? [refused.message, refused.hint].filter(Boolean).join('. ') : null);

  const make = async (another = false) => {
    setLeft(true);
    if (appNameRule(name) !== null) return;
    const place = another || into === null ? await window.board.chooseFolder() : into;
    if (place === null) return;
    makeIn(place);
    create.mutate(
      { template, name, into: place.handle },
      {
        onSuccess: ({ folder }) => {
          bring({ folder, host: host ?? undefined, name });
          go('/import');
        },
      },
    );
  };

  return (
    <>
      <form
        className="form-page new-app"
        onSubmit={(event) => {
          event.preventDefault();
          void make();
        }}
      >
        <Bar title="New app">
          <span className="small third cut">A folder with all that it takes to be deployed. It is yours: change what you like.</span>
        </Bar>
        <div className="page tight">
          {refused !== null && refused.field !== 'name' && (
            <section className="panel">
              <Problem failure={refused} />
            </section>
          )}
          <Field
            label="Name"
            className="named"
            placeholder="shop"
            value={name}
            onValue={setName}
            onBlur={() => setLeft(name !== '')}
            wrong={wrongName}
            help="Of the app, and of its folder"
            autoFocus
          />
          <Panel
            title="Template"
            note="Each with tests, a health check and its packages"
            action={
              <Button kind="ghost" size="mini" icon={Plus} onClick={() => setAdds(true)}>
                Add your own
              </Button>
            }
          >
            {list.data === undefined ? (
              list.error === null ? (
                <Skeleton rows={6} />
              ) : (
                <Problem failure={list.error} />
              )
            ) : (
              <div className="templates" role="radiogroup" aria-label="Template">
                {list.data.templates.map((one) => (
                  <Choice
                    key={one.name}
                    of={one}
                    checked={one.name === template}
                    onChecked={() => setTemplate(one.name)}
                    onRemove={() => {
                      if (one.name === template) setTemplate('flask');
                      remove.mutate({ name: one.name });
                    }}
                  />
                ))}
              </div>
            )}
          </Panel>
        </div>
        <footer className="act-bar">
          <span className="grow cut second" role="status">
            {into === null
              ? 'Next you choose the folder to make it in. Nothing is sent before you have seen the plan.'
              : `It is made in ${into.name}. Nothing is sent before you have seen the plan.`}
          </span>
          {into !== null && (
            <Button kind="ghost" icon={FolderOpen} onClick={() => void make(true)}>
              In another folder…
            </Button>
          )}
          <Button kind="primary" type="submit" icon={FolderPlus} working={create.isPending && 'Making it'}>
            {`Make ${name || 'it'}${into === null ? ' in…' : ` in ${into.name}`}`}
          </Button>
        </footer>
      </form>
      {adds && <AddTemplate onClose={() => setAdds(false)} onAdded={setTemplate} />}
    </>
  );
}

function Choice({ of, checked, onChecked, onRemove }: { of: Template; checked: boolean; onChecked: () => void; onRemove: () => void }) {
  const Icon = icons[of.name] ?? icons[of.from] ?? Globe;
  return (
    <div className="template">
      <label>
        <input type="radio" name="template" checked={checked} onChange={onChecked} />
        <Icon className="icon s third" aria-hidden />
        <b className="cut">{of.title}</b>
        <span className="second cut" title={of.text}>
          {of.text}
        </span>
      </label>
      {of.from !== 'forgeboard' && <IconButton size="mini" icon={Trash2} label={`Forget the template ${of.name}`} onClick={onRemove} />}
    </div>
  );
}
