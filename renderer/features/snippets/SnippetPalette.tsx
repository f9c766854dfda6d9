import { Command } from 'cmdk';
import { SquarePen, Plus, ScrollText, Trash2 } from 'lucide-react';
import { Dialog } from 'radix-ui';
import { useState } from 'react';
import type { Snippet } from '../../../shared/contract/snippets.ts';
import { count } from '../../lib/format.ts';
import { useCommand, useOperation } from '../../lib/query.ts';
import { useToasts } from '../../stores/toasts.ts';
import { Button } from '../../ui/Button.tsx';
import '../../ui/Code.css';
import { comeBack, leaveFocus } from '../../ui/focus.ts';
import { Problem } from '../../ui/Panel.tsx';
import '../palette/Palette.css';
import { keyName } from '../window/keys.ts';
import { SnippetForm } from './SnippetForm.tsx';
import './Snippets.css';

/** Found by typing, and typed into a terminal: Enter inserts, so that it can be changed; with Ctrl it runs too. */
export function SnippetPalette({ to, onUse, onClose }: { to: string; onUse: (text: string, runs: boolean) => void; onClose: () => void }) {
  const list = useOperation('snippets.list', {});
  const remove = useCommand('snippets.remove', { touches: ['snippets.'] });
  const save = useCommand('snippets.save', { touches: ['snippets.'] });
  const say = useToasts(({ say }) => say);
  const [text, setText] = useState('');
  const [selected, setSelected] = useState('');
  /** The one that is changed; null for a new one. */
  const [form, setForm] = useState<{ of: Snippet | null } | null>(null);
  const snippets = list.data?.snippets ?? [];
  const snippet = snippets.find(({ name }) => name === selected);
  const use = (snippet: Snippet | undefined, runs: boolean) => {
    if (snippet === undefined) return;
    onUse(snippet.text, runs);
    onClose();
  };
  const forget = (gone: Snippet) =>
    remove.mutate({ name: gone.name }, { onSuccess: () => say({ tone: 'done', title: `Forgot the snippet ${gone.name}`, act: { label: 'Undo', run: () => save.mutate(gone) } }) });
  const failure = list.error ?? remove.error;
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="scrim" />
        <Dialog.Content
          className="palette snippets"
          aria-describedby={undefined}
          onOpenAutoFocus={leaveFocus}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            comeBack(null, true);
          }}
          onEscapeKeyDown={(event) => {
            // Back to the list first.
            if (form === null) return;
            event.preventDefault();
            setForm(null);
          }}
        >
          <Dialog.Title className="heard">Snippets</Dialog.Title>
          {form !== null ? (
            <SnippetForm
              of={form.of}
              begun={form.of === null ? text.trim() : ''}
              onEnd={(name) => {
                setForm(null);
                if (name === null) return;
                setText('');
                setSelected(name);
              }}
            />
          ) : (
            <Command
              label="Snippets"
              value={selected}
              onValueChange={setSelected}
              loop
              filter={matches}
              onKeyDown={(event) => {
                if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
                event.preventDefault();
                use(snippet, true);
              }}
            >
              <div className="asked">
                <span className="tag">{to}</span>
                <Command.Input placeholder="Search snippets" value={text} onValueChange={setText} />
                <Button icon={Plus} onClick={() => setForm({ of: null })}>
                  New snippet
                </Button>
              </div>
              {failure !== null && <Problem failure={failure} />}
              <div className="found">
                <Command.List>
                  {list.data !== undefined && (
                    <Command.Empty>{snippets.length === 0 ? 'No snippets yet. Keep a command here that you type often.' : `No snippet has “${text}”`}</Command.Empty>
                  )}
                  {snippets.map((one) => (
                    <Command.Item key={one.name} value={one.name} keywords={[one.text]} onSelect={() => use(one, false)}>
                      <ScrollText className="icon s" strokeWidth={1.8} aria-hidden />
                      <span className="cut title">{one.name}</span>
                      <span className="small third cut mono">{one.text.trim().split('\n')[0]}</span>
                    </Command.Item>
                  ))}
                </Command.List>
                <aside>
                  {snippet !== undefined && (
                    <>
                      <div className="line">
                        <span className="small third grow">{count(snippet.text.trim().split('\n').length, 'line')}</span>
                        <Button size="mini" kind="ghost" icon={SquarePen} aria-label={`Change ${snippet.name}`} onClick={() => setForm({ of: snippet })}>
                          Change
                        </Button>
                        <Button size="mini" kind="ghost" icon={Trash2} aria-label={`Forget ${snippet.name}`} onClick={() => forget(snippet)}>
                          Forget
                        </Button>
                      </div>
                      <section className="well" aria-label={`Text of ${snippet.name}`}>
                        <div>{snippet.text}</div>
                      </section>
                    </>
                  )}
                </aside>
              </div>
              <footer>
                <kbd>↵</kbd> Insert
                <kbd style={{ marginLeft: 8 }}>{keyName('Ctrl ↵')}</kbd> Run
                <span className="third" style={{ marginLeft: 'auto' }}>
                  Kept as plain text: no place for a password
                </span>
              </footer>
            </Command>
          )}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** All words must be there; in the name counts more than in the text, and its beginning most. */
function matches(name: string, search: string, [text = '']: string[] = []): number {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const title = name.toLowerCase();
  if (!words.every((word) => `${title} ${text.toLowerCase()}`.includes(word))) return 0;
  return title.startsWith(words[0] ?? '') ? 1 : title.includes(words[0] ?? '') ? 0.7 : 0.3;
}
