import { useId } from 'react';
import type { Inspection } from '../../../shared/contract/imports.ts';
import type { ImportAnswers } from '../../../shared/rules/import-settings.ts';
import { Button } from '../../ui/Button.tsx';
import { SelectBox } from '../../ui/Field.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { otherAnswers, typeNames } from './plan.ts';

type Ground = Inspection['grounds']['type'];

const confidenceWords = { certain: 'Certain', likely: 'Likely', guess: 'A guess', yours: 'You said so' } as const;
const bars = { certain: 3, likely: 2, guess: 1, yours: 3 } as const;

function Confidence({ of }: { of: keyof typeof confidenceWords }) {
  return (
    <span className={`confidence ${of}`}>
      <span aria-hidden>
        {[1, 2, 3].map((bar) => (
          <i key={bar} className={bar <= bars[of] ? 'on' : ''} />
        ))}
      </span>
      {confidenceWords[of]}
    </span>
  );
}

/** Why it is so: the line that says it, in words where no line does. */
function Why({ ground }: { ground: Ground | null }) {
  const [first] = ground?.evidence ?? [];
  if (ground === null) return <span />;
  return (
    <span className="small third cut" title={[ground.text, ...ground.evidence.map(({ file, line, text }) => `${file}${line === null ? '' : `:${line}`} ${text}`)].join('\n')}>
      {first !== undefined && <span className="mono second">{`${first.file}${first.line === null ? '' : `:${first.line}`} `}</span>}
      {first?.text || ground.text}
    </span>
  );
}

interface HowProps {
  inspection: Inspection;
  answers: ImportAnswers;
  corrected: boolean;
  wrongEntry: string | null;
  onAnswers: (to: ImportAnswers) => void;
}

/** Every finding with what it rests on, and how sure it is. What is wrong is put right here. */
export function HowItRuns({ inspection, answers, corrected, wrongEntry, onAnswers }: HowProps) {
  const id = useId();
  const { grounds, python, dependencies, services, processes } = inspection;
  const alternatives = otherAnswers(inspection, answers);
  const others = services.filter((service) => service !== 'sqlite');
  // What was found speaks of the answer that was found, not of one that somebody gave or that only stands there to begin with.
  const found = (ground: Ground | null) => (corrected || inspection.type === 'none' ? null : ground);
  const sure = (ground: Ground | null) => (corrected ? <Confidence of="yours" /> : ground === null ? <span /> : <Confidence of={ground.confidence} />);
  const choose = (type: string) => onAnswers(alternatives.find((one) => one.type === type) ?? { ...answers, type });
  return (
    <Panel title="How it runs" note="Found in the folder. Change what is wrong.">
      <ul className="rows">
        <li>
          <label className="second" htmlFor={`${id}-kind`}>
            Kind
          </label>
          <SelectBox id={`${id}-kind`} value={answers.type} onValue={choose} options={Object.entries(typeNames)} />
          <Why ground={found(grounds.type)} />
          {sure(found(grounds.type))}
        </li>
        <li>
          <label className="second" htmlFor={`${id}-entry`}>
            {answers.type === 'static' ? 'Serves' : 'Starts with'}
          </label>
          <div className={wrongEntry === null ? 'input low' : 'input low wrong'}>
            <input
              id={`${id}-entry`}
              className="mono"
              spellCheck={false}
              autoComplete="off"
              value={answers.entrypoint}
              aria-invalid={wrongEntry !== null || undefined}
              aria-describedby={wrongEntry === null ? undefined : `${id}-wrong`}
              onChange={(event) => onAnswers({ ...answers, entrypoint: event.target.value })}
            />
          </div>
          {wrongEntry === null ? (
            <Why ground={found(grounds.entrypoint)} />
          ) : (
            <span id={`${id}-wrong`} className="small is-fail" role="alert">
              {wrongEntry}
            </span>
          )}
          {sure(found(grounds.entrypoint))}
        </li>
        {alternatives.length > 0 && (
          <li>
            <span className="second">Or else</span>
            <div className="line others">
              {alternatives.slice(0, 5).map((one) => (
                <Button key={`${one.type} ${one.root} ${one.entrypoint}`} size="mini" onClick={() => onAnswers(one)}>
                  <span className="mono">{one.entrypoint || typeNames[one.type as keyof typeof typeNames]}</span>
                  {one.root !== answers.root && <span className="third"> in {one.root === '.' ? 'the top' : one.root}</span>}
                </Button>
              ))}
            </div>
          </li>
        )}
        {answers.root !== '.' && (
          <li>
            <span className="second">Folder</span>
            <span className="mono cut">{answers.root}</span>
            <span className="small third cut">The app lies below the top</span>
            <span />
          </li>
        )}
        <li>
          <span className="second">Python</span>
          <span>{python ?? 'The newest of the server'}</span>
          <Why ground={grounds.python} />
          {grounds.python === null ? <span /> : <Confidence of={grounds.python.confidence} />}
        </li>
        <li>
          <span className="second">Packages</span>
          <span className="cut">{dependencies.source === 'none' ? 'None named' : (dependencies.file ?? dependencies.source)}</span>
          <Why ground={grounds.dependencies} />
          {grounds.dependencies === null ? <span /> : <Confidence of={grounds.dependencies.confidence} />}
        </li>
        {services.includes('sqlite') && (
          <li>
            <span className="second">Uses</span>
            <span>sqlite</span>
            <span className="small third cut">A file of the app's own; nothing has to be set up</span>
            <span />
          </li>
        )}
        {others.length > 0 && (
          <li>
            <span className="second">Uses</span>
            <span className="cut">{others.join(', ')}</span>
            <span className="small third cut">Has to be there already: give its address as a variable</span>
            <span />
          </li>
        )}
        {Object.entries(processes).map(([name, command]) => (
          <li key={name}>
            <span className="second cut">{name}</span>
            <span className="mono cut" title={command}>
              {command}
            </span>
            <span className="small third cut">The project names it</span>
            <span />
          </li>
        ))}
      </ul>
    </Panel>
  );
}
