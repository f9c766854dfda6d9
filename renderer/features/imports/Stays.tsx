import { File, Folder, KeyRound, Link2 } from 'lucide-react';
import { useState } from 'react';
import type { Travelling } from '../../../shared/contract/imports.ts';
import { bytes, count } from '../../lib/format.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Panel, Skeleton } from '../../ui/Panel.tsx';

const why: Record<Travelling['leftOut'][number]['why'], string> = {
  'made anew': 'Made anew, or of no use there',
  ignored: 'An ignore file names it',
  'looks like a secret': 'Looks like a secret',
  'link out of the folder': 'A link out of the folder',
  'not a regular file': 'No regular file',
};
const icons = { 'made anew': Folder, ignored: File, 'looks like a secret': KeyRound, 'link out of the folder': Link2, 'not a regular file': File };

/** What stays on this computer and why; all that travels, on demand. */
export function Stays({ travelling, taken }: { travelling: Travelling | undefined; taken: string | null }) {
  const [open, setOpen] = useState(false);
  const stays = travelling?.leftOut.reduce((sum, one) => sum + (one.bytes ?? 0), 0) ?? 0;
  return (
    <Panel
      title="Left out"
      note={travelling === undefined ? 'reading the folder' : travelling.leftOut.length === 0 ? 'Everything travels' : `${bytes(stays)} stay here`}
      action={
        travelling !== undefined && (
          <Button kind="ghost" size="mini" onClick={() => setOpen(true)}>
            {count(travelling.files, 'file')} travel
          </Button>
        )
      }
    >
      {travelling === undefined ? (
        <Skeleton rows={3} />
      ) : (
        <ul className="stays">
          {travelling.leftOut.map((one) => {
            const Icon = icons[one.why];
            return (
              <li key={one.path}>
                <Icon className="icon s third" aria-hidden />
                <span className="mono small cut" title={one.path}>
                  {one.path}
                </span>
                <span className="small third cut">{one.path === taken ? 'Secrets; values taken over' : why[one.why]}</span>
                <span className="small third whole">{one.bytes === null ? '' : bytes(one.bytes)}</span>
              </li>
            );
          })}
        </ul>
      )}
      {open && travelling !== undefined && (
        <Dialog
          title={`${count(travelling.files, 'file')}, ${bytes(travelling.bytes)}`}
          open
          onClose={() => setOpen(false)}
          footer={<Button onClick={() => setOpen(false)}>Close</Button>}
        >
          <ul className="travels mono small">
            {travelling.listed.map((one) => (
              <li key={one.path} className="line">
                <span className="grow cut">{one.path}</span>
                <span className="third">{bytes(one.bytes)}</span>
              </li>
            ))}
          </ul>
          {travelling.files > travelling.listed.length && <p className="small third">and {count(travelling.files - travelling.listed.length, 'more file')}</p>}
        </Dialog>
      )}
    </Panel>
  );
}
