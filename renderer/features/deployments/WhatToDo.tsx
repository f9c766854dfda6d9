import { Check, Upload } from 'lucide-react';
import { useState } from 'react';
import type { DeploymentFix } from '../../../shared/contract/deployments.ts';
import { sentence } from '../../lib/format.ts';
import { Button } from '../../ui/Button.tsx';
import type { Run } from './progress.ts';

interface WhatToDoProps {
  run: Run;
  onDeploy: () => void;
  onMend: (fix: DeploymentFix, value: string) => void;
}

/** The reason, what to do about it, and a button that does it where an operation can. */
export function WhatToDo({ run, onDeploy, onMend }: WhatToDoProps) {
  const { reason, hint, outcome, fix = null } = run.end ?? {};
  const isDeploy = (outcome === 'failed' || outcome === 'switched-back') && run.kind === 'deploy';
  return (
    <section className="panel what-to-do" aria-label="Why, and what to do">
      <div className="grow">
        <h2>{outcome === 'failed' ? 'Why it failed' : outcome === 'switched-back' ? 'Why it was switched back' : 'What happened'}</h2>
        <p className="wrap second">{sentence(reason ?? '')}</p>
        {hint && <p className="wrap">{hint}</p>}
      </div>
      {isDeploy && fix === null && (
        <Button kind="primary" icon={Upload} onClick={onDeploy}>
          Deploy the mended folder
        </Button>
      )}
      {isDeploy && fix !== null && <Mend fix={fix} onMend={onMend} />}
    </section>
  );
}

/** A value that is typed here goes to the server and nowhere else. */
function Mend({ fix, onMend }: { fix: DeploymentFix } & Pick<WhatToDoProps, 'onMend'>) {
  const [value, setValue] = useState('');
  const { variable, label } = fix;
  const off = variable !== null && value === '' && `Give ${variable.name} a value`;
  return (
    <form
      className="mend"
      onSubmit={(event) => {
        event.preventDefault();
        if (off === false) onMend(fix, value);
      }}
    >
      {variable !== null && (
        <div className="input">
          <input
            aria-label={`Value of ${variable.name}`}
            className="mono"
            type={variable.secret ? 'password' : 'text'}
            autoComplete="off"
            spellCheck={false}
            placeholder="Value"
            value={value}
            onChange={(event) => setValue(event.target.value)}
          />
        </div>
      )}
      <Button kind="primary" icon={Check} type="submit" off={off}>
        {variable === null ? `${label} and deploy again` : 'Set it and deploy again'}
      </Button>
    </form>
  );
}
