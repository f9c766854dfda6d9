import { FileUp, FolderPlus, FolderUp, House, PenLine, Search } from 'lucide-react';
import { useState } from 'react';
import { go } from '../../lib/router.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import { Switch } from '../../ui/Field.tsx';
import { crumbsOf, filesPlace, oneLine } from './places.ts';

interface Props {
  host: string;
  /** Null until it is known. */
  path: string | null;
  /** Why nothing can be brought there. */
  off: string | false;
  text: string;
  onText: (text: string) => void;
  upload: (what: 'files' | 'folder') => void;
  newFolder: () => void;
  /** Whether it is done as root; null where the account is root. */
  isRoot: boolean | null;
  onRoot: (on: boolean) => void;
}

/** Where it is, what of it is shown, and what can be brought there. */
export function FilesBar({ host, path, off, text, onText, upload, newFolder, isRoot, onRoot }: Props) {
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <div className="files-bar">
      <IconButton size="mini" icon={House} label="Home of the account" onClick={() => go(filesPlace(host))} />
      {typed === null ? (
        <nav className="crumbs" aria-label="Folders on the way here">
          {path !== null &&
            crumbsOf(path).map((one, at, all) => (
              <span key={one.path} className="line">
                {at > 1 && <span className="third">/</span>}
                <a href={`#${filesPlace(host, one.path)}`} aria-current={at === all.length - 1 ? 'page' : undefined}>
                  {oneLine(one.name)}
                </a>
              </span>
            ))}
          <IconButton size="mini" icon={PenLine} label="Type a path" onClick={() => setTyped(path ?? '/')} />
        </nav>
      ) : (
        <form
          className="input low grow"
          onSubmit={(event) => {
            event.preventDefault();
            if (typed.trim() !== '') go(filesPlace(host, typed.trim()));
            setTyped(null);
          }}
        >
          <input
            className="mono"
            aria-label="Path on the server"
            spellCheck={false}
            // biome-ignore lint/a11y/noAutofocus: it takes the place of what was pressed
            autoFocus
            value={typed}
            onFocus={(event) => event.target.select()}
            onChange={(event) => setTyped(event.target.value)}
            onKeyDown={(event) => event.key === 'Escape' && setTyped(null)}
            onBlur={() => setTyped(null)}
          />
          <kbd>Enter</kbd>
        </form>
      )}
      <div className="input low filter">
        <Search className="icon s" aria-hidden />
        <input
          data-filter
          aria-label="Filter by name"
          placeholder="Name"
          value={text}
          onChange={(event) => onText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape') onText('');
            if (event.key !== 'ArrowDown') return;
            event.preventDefault();
            const row = (which: string) => document.querySelector<HTMLElement>(`.files-box [data-row]${which}`);
            (row('[data-index="0"]') ?? row('[tabindex="0"]'))?.focus();
          }}
        />
        <kbd>/</kbd>
      </div>
      {isRoot !== null && (
        <span className="line second as-root">
          <span aria-hidden>As root</span>
          <Switch label="As root" checked={isRoot} onChecked={onRoot} />
        </span>
      )}
      <IconButton kind="plain" icon={FolderPlus} label="New folder" off={off} onClick={newFolder} />
      <Button icon={FileUp} off={off} onClick={() => upload('files')}>
        Upload files
      </Button>
      <Button icon={FolderUp} off={off} onClick={() => upload('folder')}>
        Upload a folder
      </Button>
    </div>
  );
}
