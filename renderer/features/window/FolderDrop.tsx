import { Upload } from 'lucide-react';
import { useEffect, useState } from 'react';
import { go } from '../../lib/router.ts';
import { useDrops } from '../../stores/drops.ts';
import { useFolders } from '../../stores/folders.ts';
import { useImports } from '../../stores/imports.ts';
import { useToasts } from '../../stores/toasts.ts';
import { useChosenHost } from './chosen.ts';
import { placeHere } from './keys.ts';

/**
 * A folder, or an archive of one, may be dropped anywhere: it becomes a new app, whose plan is shown first, or the next release
 * of the app whose page is open. A page that takes files itself gets what is dropped while it is open.
 */
export function FolderDrop() {
  const [over, setOver] = useState(false);
  const offer = useFolders(({ offer }) => offer);
  const bring = useImports(({ bring }) => bring);
  const say = useToasts(({ say }) => say);
  const chosen = useChosenHost();
  const taker = useDrops(({ taker }) => taker);
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
      if (taker !== null) return taker.take([...(event.dataTransfer?.files ?? [])]);
      const [file] = event.dataTransfer?.files ?? [];
      const { host, app } = placeHere();
      const folder = file === undefined ? null : await window.board.folderFromDrop(file);
      if (folder === null)
        say({
          tone: 'failed',
          title: 'That is neither a folder nor an archive',
          text: 'Drop the folder of an app, with its Python files and requirements.txt, or a .zip or .tar.gz of it.',
        });
      else if (app !== null) offer({ folder, host: host ?? chosen ?? undefined, app });
      else {
        bring({ folder, host: host ?? chosen ?? undefined });
        go('/import');
      }
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
  }, [bring, chosen, offer, say, taker]);
  if (!over) return null;
  const { host, app } = placeHere();
  return (
    <div className="dropping" role="status">
      <Upload className="icon" aria-hidden />
      <b>
        {taker !== null
          ? taker.title
          : app === null
            ? `Drop to add it${host === null && chosen === null ? '' : ` to ${host ?? chosen}`}`
            : `Drop to deploy it as the next release of ${app}`}
      </b>
      <span className="second small">{taker !== null ? taker.text : 'You see what was found in it before anything is sent.'}</span>
    </div>
  );
}
