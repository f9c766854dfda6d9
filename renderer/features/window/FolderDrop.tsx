import { Upload } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useFolders } from '../../stores/folders.ts';
import { useToasts } from '../../stores/toasts.ts';
import { useChosenHost } from './chosen.ts';
import { placeHere } from './keys.ts';

/** A folder may be dropped anywhere: it becomes a new app, or the next release of the app whose page is open. */
export function FolderDrop() {
  const [over, setOver] = useState(false);
  const offer = useFolders(({ offer }) => offer);
  const say = useToasts(({ say }) => say);
  const chosen = useChosenHost();
  useEffect(() => {
    const files = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
    const enter = (event: DragEvent) => {
      if (!files(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = async (event: DragEvent) => {
      if (!files(event)) return;
      event.preventDefault();
      setOver(false);
      const [file] = event.dataTransfer?.files ?? [];
      const { host, app } = placeHere();
      const folder = file === undefined ? null : await window.board.folderFromDrop(file);
      if (folder === null) say({ tone: 'failed', title: 'That is not a folder', text: 'Drop the folder of an app: the one with its Python files and requirements.txt.' });
      else offer({ folder, host: host ?? chosen ?? undefined, ...(app !== null && { app }) });
    };
    const dropped = (event: DragEvent) => void drop(event);
    addEventListener('dragenter', enter);
    addEventListener('dragover', enter);
    addEventListener('dragleave', leave);
    addEventListener('drop', dropped);
    return () => {
      removeEventListener('dragenter', enter);
      removeEventListener('dragover', enter);
      removeEventListener('dragleave', leave);
      removeEventListener('drop', dropped);
    };
  }, [chosen, offer, say]);
  if (!over) return null;
  const { host, app } = placeHere();
  return (
    <div className="dropping" role="status">
      <Upload className="icon" aria-hidden />
      <b>{app === null ? `Drop to deploy it${host === null && chosen === null ? '' : ` to ${host ?? chosen}`}` : `Drop to deploy it as the next release of ${app}`}</b>
      <span className="second small">You choose its name and server before anything is sent.</span>
    </div>
  );
}
