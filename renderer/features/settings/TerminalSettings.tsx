import { useState } from 'react';
import type { TerminalLook } from '../../../shared/contract/settings.ts';
import { Segmented, Switch } from '../../ui/Field.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { keyName } from '../window/keys.ts';
import { Setting } from './Setting.tsx';

/** How terminals look and behave; those that are open follow at once. */
export function TerminalSettings({ terminal, home, onChange }: { terminal: TerminalLook; home: string; onChange: (change: Partial<TerminalLook>) => void }) {
  const [font, setFont] = useState<string | null>(null);
  return (
    <Panel title="Terminal">
      <Setting name="Colours" help="Those of the window, or always the same">
        <Segmented
          label="Colours of terminals"
          value={terminal.theme}
          onValue={(theme) => onChange({ theme: theme as TerminalLook['theme'] })}
          options={[
            ['window', 'Window'],
            ['dark', 'Dark'],
            ['light', 'Light'],
          ]}
        />
      </Setting>
      <Setting name="Text size" help={`In pixels; ${keyName('Ctrl Shift +')} and ${keyName('Ctrl Shift -')} change it for a while`}>
        <Segmented
          label="Text size of terminals"
          value={String(terminal.size)}
          onValue={(size) => onChange({ size: Number(size) })}
          options={[
            ['11', '11'],
            ['12.5', '12.5'],
            ['14', '14'],
            ['16', '16'],
          ]}
        />
      </Setting>
      <Setting name="Font" help="One that is installed here, of even width; else JetBrains Mono">
        <div className="input font">
          <input
            aria-label="Font of terminals"
            placeholder="JetBrains Mono"
            spellCheck={false}
            maxLength={100}
            value={font ?? terminal.font}
            onChange={(event) => setFont(event.target.value)}
            onBlur={() => {
              if (font !== null && font.trim() !== terminal.font) onChange({ font: font.trim() });
              setFont(null);
            }}
            onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
          />
        </div>
      </Setting>
      <Setting name="Scrollback" help="Lines that each pane keeps; more take more memory">
        <Segmented
          label="Scrollback"
          value={String(terminal.scrollback)}
          onValue={(lines) => onChange({ scrollback: Number(lines) })}
          options={[
            ['1000', '1,000'],
            ['5000', '5,000'],
            ['20000', '20,000'],
          ]}
        />
      </Setting>
      <Setting name="Copy what is selected" help={`At once, without ${keyName('Ctrl Shift C')}`}>
        <Switch label="Copy what is selected" checked={terminal.copyOnSelect} onChecked={(copyOnSelect) => onChange({ copyOnSelect })} />
      </Setting>
      <Setting name="Record every terminal" help={`What new ones print goes to files in ${home}/sessions, readable by you alone; secrets that are printed stand there too`}>
        <Switch label="Record every terminal" checked={terminal.record} onChecked={(record) => onChange({ record })} />
      </Setting>
      <Setting name="Ligatures" help="Draw signs such as => and != as one, where the font has them">
        <Switch label="Ligatures" checked={terminal.ligatures} onChecked={(ligatures) => onChange({ ligatures })} />
      </Setting>
    </Panel>
  );
}
