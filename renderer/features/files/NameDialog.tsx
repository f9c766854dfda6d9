import { useState } from 'react';
import type { FailureRecord } from '../../../shared/errors.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Field } from '../../ui/Field.tsx';
import { Problem } from '../../ui/Panel.tsx';

/** Asks for the name of a file or folder. */
export function NameDialog({
  title,
  verb,
  working,
  before = '',
  failure,
  onName,
  onClose,
}: {
  title: string;
  verb: string;
  working: string | false;
  before?: string;
  failure: FailureRecord | null;
  onName: (name: string) => void;
  onClose: () => void;
}) {
  const [name, setName] = useState(before);
  const wrong = name === '.' || name === '..' || name.includes('/') ? 'A name has no / and is not . or ..' : null;
  const isThere = failure?.problem === 'exists';
  const can = name !== '' && name !== before && wrong === null;
  return (
    <Dialog
      title={title}
      open
      onClose={onClose}
      onSubmit={() => can && onName(name)}
      footer={
        <>
          <Button onClick={onClose}>Not now</Button>
          <Button kind="primary" type="submit" working={working} off={!can && 'Type a name first'}>
            {verb}
          </Button>
        </>
      }
    >
      <Field
        data-first
        label="Name"
        value={name}
        onValue={setName}
        onFocus={(event) => event.target.setSelectionRange(0, before.lastIndexOf('.') > 0 ? before.lastIndexOf('.') : before.length)}
        wrong={wrong ?? (isThere ? `${failure.message}.` : null)}
        mono
      />
      {failure !== null && !isThere && <Problem failure={failure} />}
    </Dialog>
  );
}
