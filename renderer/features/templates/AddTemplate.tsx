import { FolderOpen } from 'lucide-react';
import { useState } from 'react';
import { gitAddressRule, templateNameRule } from '../../../shared/rules/templates.ts';
import { sentence } from '../../lib/format.ts';
import { useCommand } from '../../lib/query.ts';
import type { Folder } from '../../stores/folders.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Field } from '../../ui/Field.tsx';

/** A template of one's own: a folder, or a repository that git fetches each time. */
export function AddTemplate({ onClose, onAdded }: { onClose: () => void; onAdded: (name: string) => void }) {
  const add = useCommand('templates.add', { touches: ['templates.'] });
  const [name, setName] = useState('');
  const [git, setGit] = useState('');
  const [folder, setFolder] = useState<Folder | null>(null);
  const [tried, setTried] = useState(false);
  const saidOf = (field: string) => (add.error?.field === field ? add.error.message : null);
  const source = folder !== null ? null : git === '' ? 'type an address, or choose a folder' : gitAddressRule(git);
  const send = () => {
    setTried(true);
    if (templateNameRule(name) !== null || source !== null) return;
    add.mutate(
      { name, ...(folder === null ? { git } : { folder: folder.handle }) },
      {
        onSuccess: () => {
          onAdded(name);
          onClose();
        },
      },
    );
  };
  const choose = async () => {
    const chosen = await window.board.chooseFolder();
    if (chosen !== null) setFolder(chosen);
  };
  return (
    <Dialog
      title="Add a template of your own"
      open
      onClose={onClose}
      onSubmit={send}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" working={add.isPending && 'Adding'}>
            Add it
          </Button>
        </>
      }
    >
      <p className="second">Any app that you begin others from. What an ignore file names, and what looks like a secret, is left out of the copies.</p>
      <Field label="Name" value={name} onValue={setName} wrong={(tried ? sentence(templateNameRule(name)) : null) ?? saidOf('name')} placeholder="shop-base" data-first />
      <Field
        label="Git repository"
        mono
        value={folder === null ? git : folder.name}
        readOnly={folder !== null}
        onValue={setGit}
        placeholder="git@example.com:me/base.git"
        wrong={(tried ? sentence(source) : null) ?? saidOf('git') ?? saidOf('folder')}
        help="Fetched anew each time, over https or ssh; none of it is run"
      />
      <div className="line">
        <span className="small third grow">{folder === null ? 'Or a folder on this computer' : `The folder ${folder.name}, read anew each time`}</span>
        {folder !== null && (
          <Button kind="ghost" onClick={() => setFolder(null)}>
            A repository after all
          </Button>
        )}
        <Button icon={FolderOpen} onClick={() => void choose()}>
          Choose a folder
        </Button>
      </div>
    </Dialog>
  );
}
