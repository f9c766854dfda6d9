import { TriangleAlert } from 'lucide-react';
import { isOlder } from '../../../shared/rules/runtime.ts';
import { useCommand, useOperation } from '../../lib/query.ts';
import { go } from '../../lib/router.ts';
import { type Look, useLook } from '../../stores/look.ts';
import { Button } from '../../ui/Button.tsx';
import { CopyButton } from '../../ui/CopyButton.tsx';
import { Segmented, Switch } from '../../ui/Field.tsx';
import { Facts, Panel, Problem } from '../../ui/Panel.tsx';
import { Bar } from '../window/Bar.tsx';
import { keyName } from '../window/keys.ts';
import { Setting } from './Setting.tsx';
import { TerminalSettings } from './TerminalSettings.tsx';
import './SettingsPage.css';

/** How the window looks, and what keeps its secrets. Each change acts at once. */
export function SettingsPage() {
  const settings = useOperation('settings.get', {});
  const save = useCommand('settings.set', { touches: ['settings.'] });
  const { look, wear } = useLook();
  const set = (change: Partial<Look>) => {
    wear(change);
    save.mutate(change);
  };
  const keyring = settings.data?.keyring;
  const { runtime } = window.board;
  const about: [string, string][] = [
    ['Version', window.board.version],
    ['Runs on', `Electron ${runtime.running}`],
    ['License', 'MIT'],
  ];
  const recovered = settings.data?.recovered ?? [];
  return (
    <>
      <Bar title="Settings" />
      <div className="page narrow">
        {save.error !== null && (
          <section className="panel">
            <Problem failure={save.error} />
          </section>
        )}
        <Panel title="Theme">
          <div className="themes" role="radiogroup" aria-label="Theme">
            {(['system', 'dark', 'light'] as const).map((theme) => (
              <Theme key={theme} theme={theme} chosen={look.theme === theme} onChoose={() => set({ theme })} />
            ))}
          </div>
        </Panel>
        <Panel label="Reading">
          <Setting name="Text size" help="Of the whole window">
            <Segmented
              label="Text size"
              value={String(look.textSize)}
              onValue={(size) => set({ textSize: Number(size) })}
              options={[
                ['90', '90 %'],
                ['100', '100 %'],
                ['110', '110 %'],
                ['125', '125 %'],
              ]}
            />
          </Setting>
          <Setting name="Status without colour" help="Shapes and words stay, hues go">
            <Switch label="Status without colour" checked={look.colourBlind} onChecked={(colourBlind) => set({ colourBlind })} />
          </Setting>
          <Setting name="Keys of one letter" help={`J, K, F, G and others; ${keyName('Ctrl K')} and its like stay`}>
            <Switch label="Keys of one letter" checked={look.singleKeys} onChecked={(singleKeys) => set({ singleKeys })} />
          </Setting>
        </Panel>
        <TerminalSettings terminal={look.terminal} home={settings.data?.home ?? ''} onChange={(change) => set({ terminal: { ...look.terminal, ...change } })} />
        <Panel title="Secrets">
          <div className="inside">
            {keyring === undefined ? (
              <p className="third">Asking the keyring</p>
            ) : keyring.name === null ? (
              <p className="wrap">
                <b>Nothing secret is saved.</b> <span className="second">{keyring.reason ?? 'This computer has no keyring.'} ForgeBoard asks each time instead.</span>
              </p>
            ) : (
              <p className="wrap">
                Passphrases and passwords that you ask to be remembered are kept in <b>{keyring.name}</b>, and nowhere else.
              </p>
            )}
          </div>
        </Panel>
        <Panel label="Trust">
          <Setting name="Keys" help="The SSH keys of this computer, and the servers that let them in">
            <Button onClick={() => go('/keys')}>Show keys</Button>
          </Setting>
          <Setting name="Known hosts" help="The host keys that this computer trusts">
            <Button onClick={() => go('/known-hosts')}>Show known hosts</Button>
          </Setting>
        </Panel>
        <Panel title="About ForgeBoard" action={<CopyButton kind="ghost" size="mini" text={about.map((fact) => fact.join(' ')).join('\n')} />}>
          <div className="inside">
            <Facts
              of={[
                ...about,
                [
                  'Folder',
                  <span key="home" className="mono">
                    {settings.data?.home ?? ''}
                  </span>,
                ],
                recovered.length === 0
                  ? null
                  : [
                      'Set aside',
                      <span key="recovered" className="mono">
                        {recovered.join(', ')}
                      </span>,
                    ],
              ]}
            />
            {isOlder(runtime) && (
              <p className="help wrap about-note">
                <TriangleAlert className="icon s is-warn" aria-label="Note" />
                This Electron is an older one, for development and tests only. ForgeBoard {window.board.version} is made for Electron {runtime.madeFor}.
              </p>
            )}
            {recovered.length > 0 && <p className="help wrap">These files could not be read at the last start and were set aside; the last good copy is used.</p>}
          </div>
        </Panel>
        <p className="small third">
          {settings.data !== undefined && (
            <>
              Stored in <span className="mono">{settings.data.home}/settings.yml</span>.{' '}
            </>
          )}
          Changes take effect at once.
        </p>
      </div>
    </>
  );
}

const names = { system: 'System', dark: 'Dark', light: 'Light' } as const;
const grounds = { dark: ['#0c0b0a', '#121110', '#3d3b37'], light: ['#f5f4f2', '#fcfbfa', '#d2d0cb'] } as const;

function Theme({ theme, chosen, onChoose }: { theme: keyof typeof names; chosen: boolean; onChoose: () => void }) {
  const parts = theme === 'system' ? (['dark', 'light'] as const) : ([theme] as const);
  const width = 96 / parts.length;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a radio input cannot hold a picture
    <button type="button" role="radio" aria-checked={chosen} className="theme" onClick={onChoose}>
      <svg className="sample" viewBox="0 0 96 60" aria-hidden>
        {parts.map((part, index) => {
          const [side, ground, line] = grounds[part];
          const x = index * width;
          return (
            <g key={part}>
              <rect x={x} width={width} height="60" fill={ground} />
              <rect x={x} width={width * 0.28} height="60" fill={side} />
              <rect x={x + width * 0.38} y="13" width={width * 0.52} height="18" rx="3" fill="none" stroke={line} />
              <rect x={x + width * 0.38} y="39" width={width * 0.3} height="5" rx="2.5" fill={line} />
            </g>
          );
        })}
      </svg>
      <span className={chosen ? undefined : 'second'}>{names[theme]}</span>
    </button>
  );
}
