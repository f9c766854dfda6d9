import { useState } from 'react';
import type { FailureRecord } from '../../../shared/errors.ts';
import { keyNameRule } from '../../../shared/rules/key-name.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Checkbox, Field } from '../../ui/Field.tsx';
import { Problem } from '../../ui/Panel.tsx';

interface Wanted {
  name: string;
  comment?: string;
  passphrase: boolean;
}

/** Asks how a new key is called, and whether a passphrase opens it, which is asked for after. */
export function NewKeyDialog({
  taken,
  working,
  failure,
  onMake,
  onClose,
}: {
  taken: readonly string[];
  working: boolean;
  failure: FailureRecord | null;
  onMake: (wanted: Wanted) => void;
  onClose: () => void;
}) {
  const [name, setName] = useState(taken.includes('id_ed25519') ? '' : 'id_ed25519');
  const [comment, setComment] = useState('');
  const [passphrase, setPassphrase] = useState(true);
  const wrong = name === '' ? null : taken.includes(name) ? `${name} is there already: a key is never replaced` : keyNameRule(name);
  const can = name !== '' && wrong === null;
  const atName = failure?.field === 'name';
  return (
    <Dialog
      title="New key"
      open
      onClose={onClose}
      onSubmit={() => can && onMake({ name, passphrase, ...(comment !== '' && { comment }) })}
      footer={
        <>
          <Button onClick={onClose}>Not now</Button>
          <Button kind="primary" type="submit" working={working && 'Making'} off={!can && 'Give it a name first'}>
            Make it
          </Button>
        </>
      }
    >
      <p className="second wrap">An ed25519 key in ~/.ssh. Its private half never leaves this computer.</p>
      <Field data-first label="Name" mono value={name} onValue={setName} wrong={wrong ?? (atName ? failure.message : null)} placeholder="id_ed25519" />
      <Field label="Comment" value={comment} onValue={setComment} placeholder="you@this-computer" help="Stands behind the key in a server's authorized_keys" />
      <Checkbox checked={passphrase} onChecked={setPassphrase}>
        Open it with a passphrase only, which is asked for now
      </Checkbox>
      {failure !== null && !atName && <Problem failure={failure} />}
    </Dialog>
  );
}
