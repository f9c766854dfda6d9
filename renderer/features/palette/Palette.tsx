import { z } from 'zod';
import { Command } from 'cmdk';
import { Dialog } from 'radix-ui';
import { useState } from 'react';
import { go, usePath } from '../../lib/router.ts';
import { useFolders } from '../../stores/folders.ts';
import { useOverlays } from '../../stores/overlays.ts';
import { useToasts } from '../../stores/toasts.ts';
import { comeBack, leaveFocus } from '../../ui/focus.ts';
import { Facts } from '../../ui/Panel.tsx';
import { useApps, useHosts } from '../hosts/facts.ts';
import { useChosenHost } from '../window/chosen.ts';
import { keyName, openTerminal, placeHere } from '../window/keys.ts';
import { type Entry, entries } from './entries.ts';
import { OperationForm } from './OperationForm.tsx';
import './Palette.css';

// The contract is schemas; without eval they must not try to compile themselves.
z.config({ jitless: true });

/** Everything that can be done, found by typing: at the right what will happen, at the foot the same as a command. */
export default function Palette() {
  const hide = useOverlays(({ hide }) => hide);
  const offer = useFolders(({ offer }) => offer);
  const askRollback = useOverlays(({ askRollback }) => askRollback);
  const say = useToasts(({ say }) => say);
  usePath();
  const chosen = useChosenHost();
  const { app, host: inPath } = placeHere();
  const host = inPath ?? chosen;
  const hosts = useHosts().data?.hosts.map(({ name }) => name) ?? [];
  const apps = useApps(host ?? '', { read: false }).data?.apps ?? [];
  const all = entries({ host, app, hosts, apps });
  const [text, setText] = useState('');
  const [selected, setSelected] = useState(all[0]?.id ?? '');
  const [operation, setOperation] = useState<string | null>(null);
  const entry = all.find(({ id }) => id === selected);

  const run = ({ run }: Entry) => {
    if (run.kind === 'operation') return setOperation(run.name);
    hide();
    if (run.kind === 'go') go(run.path);
    else if (run.kind === 'terminal') openTerminal(run.host, run.app, run.environment);
    else if (run.kind === 'rollback') askRollback({ host: run.host, app: run.app, release: null });
    else if (run.kind === 'open') void window.board.openExternal(run.url);
    else offer({ folder: null, ...(run.host !== undefined && { host: run.host }), ...(run.app !== undefined && { app: run.app }) });
  };
  const copy = () => {
    if (entry?.command === undefined) return;
    void window.board.copyText(entry.command);
    say({ tone: 'done', title: 'Copied', text: entry.command });
    hide();
  };
  return (
    <Dialog.Root open onOpenChange={(open) => !open && hide()}>
      <Dialog.Portal>
        <Dialog.Overlay className="scrim" />
        <Dialog.Content
          className="palette"
          aria-describedby={undefined}
          onOpenAutoFocus={leaveFocus}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            comeBack(null, true);
          }}
        >
          <Dialog.Title className="heard">Search or run</Dialog.Title>
          {operation !== null ? (
            <OperationForm name={operation} host={host} app={app} onBack={() => setOperation(null)} onClose={hide} />
          ) : (
            <Command
              label="Search or run"
              value={selected}
              onValueChange={setSelected}
              loop
              filter={score}
              onKeyDown={(event) => {
                if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
                  event.preventDefault();
                  copy();
                }
              }}
            >
              <div className="asked">
                {(app ?? host) !== null && <span className="tag">{app ?? host}</span>}
                <Command.Input placeholder="Search or run" value={text} onValueChange={setText} />
                <kbd>Esc</kbd>
              </div>
              <div className="found">
                <Command.List>
                  <Command.Empty>Nothing called “{text}”</Command.Empty>
                  {[...new Set(all.map(({ group }) => group))].map((group) => (
                    <Command.Group key={group} heading={group}>
                      {all
                        .filter((one) => one.group === group)
                        .map((one) => (
                          <Command.Item key={one.id} value={one.id} keywords={[one.title, one.note]} onSelect={() => run(one)}>
                            <one.icon className="icon s" strokeWidth={1.8} aria-hidden />
                            <span className="cut" style={{ flex: 'none', maxWidth: '70%' }}>
                              <Marked text={one.title} match={text} />
                            </span>
                            <span className="small third cut">{one.note}</span>
                          </Command.Item>
                        ))}
                    </Command.Group>
                  ))}
                </Command.List>
                <aside aria-live="off">
                  {entry !== undefined && (
                    <>
                      <b className="wrap">{entry.title}</b>
                      <p className="small second wrap">{entry.text}</p>
                      {entry.facts && (
                        <div className="small">
                          <Facts of={entry.facts} />
                        </div>
                      )}
                    </>
                  )}
                </aside>
              </div>
              <footer>
                <kbd>↵</kbd> {entry?.run.kind === 'operation' ? 'Fill in, then run' : entry?.run.kind === 'deploy' ? 'Choose a folder' : 'Open'}
                {entry?.command !== undefined && (
                  <>
                    <kbd style={{ marginLeft: 8 }}>{keyName('Ctrl ↵')}</kbd> Copy as command
                  </>
                )}
                <span className="mono cut">{entry?.command}</span>
              </footer>
            </Command>
          )}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** All words must be there; the beginning of the title is best, then of a word of it, then the rest. */
function score(id: string, search: string, keywords: string[] = []): number {
  const [title = '', note = ''] = keywords.map((word) => word.toLowerCase());
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const whole = `${title} ${note} ${id.toLowerCase()}`;
  if (!words.every((word) => whole.includes(word))) return 0;
  const first = words[0] ?? '';
  const near = id.startsWith('operation ') ? 0.5 : 1;
  return near * (title.startsWith(first) ? 1 : title.includes(` ${first}`) ? 0.8 : title.includes(first) ? 0.6 : 0.3);
}

function Marked({ text, match }: { text: string; match: string }) {
  const at = match.trim() === '' ? -1 : text.toLowerCase().indexOf(match.trim().toLowerCase());
  if (at < 0) return text;
  const end = at + match.trim().length;
  return (
    <>
      {text.slice(0, at)}
      <b className="is-accent">{text.slice(at, end)}</b>
      {text.slice(end)}
    </>
  );
}
