import { Download, FileText } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import { bytes } from '../../lib/format.ts';
import { useOperation } from '../../lib/query.ts';
import { Button } from '../../ui/Button.tsx';
import { CopyButton } from '../../ui/CopyButton.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Empty, Problem, Skeleton } from '../../ui/Panel.tsx';
import { oneLine } from './places.ts';
import '../../ui/Code.css';

/** A text file of a server, coloured by its kind. */
export function FileView({ host, path, who, onClose, onDownload }: { host: string; path: string; who: { sudo?: boolean }; onClose: () => void; onDownload: () => void }) {
  const read = useOperation('files.read', { host, path, ...who });
  const text = read.data?.text ?? null;
  const coloured = useColours(path, text);
  return (
    <Dialog
      wide
      open
      title={oneLine(path)}
      onClose={onClose}
      footer={
        <>
          <span className="small third whole">{read.data !== undefined && bytes(read.data.size)}</span>
          <CopyButton text={text ?? ''} off={text === null && 'There is no text to copy'} />
          <Button icon={Download} onClick={onDownload}>
            Copy it to this computer
          </Button>
          <Button data-first kind="primary" onClick={onClose}>
            Close
          </Button>
        </>
      }
    >
      {read.error !== null ? (
        <Problem failure={read.error} />
      ) : read.data === undefined ? (
        <Skeleton rows={6} />
      ) : text === null ? (
        <Empty icon={FileText} title={read.data.why === 'large' ? `Too large to be shown, ${bytes(read.data.size)}` : 'This is no text'}>
          Copy it to this computer to open it there.
        </Empty>
      ) : text === '' ? (
        <p className="second">It is empty.</p>
      ) : (
        <>
          {read.data.hidden && (
            <p className="small second">
              It has characters that cannot be seen. They stand here, and in what Copy takes, as their numbers, such as <code>{'\\u{202e}'}</code>.
            </p>
          )}
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard */}
          <section className="well file-text" tabIndex={0} aria-label="Text of the file">
            <div>{coloured ?? text}</div>
          </section>
        </>
      )}
    </Dialog>
  );
}

/** The text in colours, once what finds them is loaded. */
function useColours(path: string, text: string | null): ReactNode {
  const [coloured, setColoured] = useState<ReactNode>(null);
  useEffect(() => {
    let isWanted = true;
    setColoured(null);
    if (text !== null) void import('./colours.tsx').then(({ colours }) => isWanted && setColoured(colours(path, text)));
    return () => {
      isWanted = false;
    };
  }, [path, text]);
  return coloured;
}
