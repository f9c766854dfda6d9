import { File, Folder } from 'lucide-react';
import type { Travelling } from '../../../shared/contract/imports.ts';
import type { Input } from '../../lib/api.ts';
import { bytes, count } from '../../lib/format.ts';
import { useOperation } from '../../lib/query.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Diff } from '../../ui/Diff.tsx';
import { Problem, Skeleton } from '../../ui/Panel.tsx';
import { type Branch, treeOf } from './plan.ts';

/** What a deployment would send and make, to the last byte. */
export function ExactChanges({ of, travelling, onClose }: { of: Input<'imports.preview'>; travelling: Travelling | undefined; onClose: () => void }) {
  const { data, error } = useOperation('imports.preview', of);
  return (
    <Dialog
      title={`What is made of ${of.app} on ${of.host}`}
      wide
      open
      onClose={onClose}
      footer={
        <Button data-first onClick={onClose}>
          Close
        </Button>
      }
    >
      {error !== null && <Problem failure={error} />}
      {data === undefined && error === null && <Skeleton rows={6} />}
      {data !== undefined && (
        <ul className="makes">
          {data.makes.map((text) => (
            <li key={text} className="wrap">
              {text}
            </li>
          ))}
          {data.url !== null && (
            <li>
              It answers at <span className="mono">{data.url}</span>
            </li>
          )}
        </ul>
      )}
      {travelling !== undefined && <Tree travelling={travelling} />}
      {data?.files.length === 0 && <p className="second">Units and site stay as they are.</p>}
      {data?.files.map(({ path, kind, diff }) => (
        <div key={path}>
          <div className="plan-file">
            <span className="mono small wrap">{path}</span>
            <span className="tag">{kind}</span>
          </div>
          <Diff text={diff} />
        </div>
      ))}
    </Dialog>
  );
}

/** Above so many rows in all, folders are closed to begin with. */
const mostOpen = 40;

function Tree({ travelling }: { travelling: Travelling }) {
  const top = treeOf(travelling.listed);
  const more = travelling.files - travelling.listed.length;
  return (
    <section aria-label="What travels">
      <div className="plan-file">
        <span className="small">
          {count(travelling.files, 'file')}, {bytes(travelling.bytes)}; only what the server lacks is sent
        </span>
      </div>
      <div className="well tree mono small">
        <Inside of={top} open={travelling.files <= mostOpen} />
        {more > 0 && <div className="third">and {count(more, 'more file')}</div>}
      </div>
    </section>
  );
}

function Inside({ of, open }: { of: Branch; open: boolean }) {
  return (
    <>
      {of.folders.map((one) => (
        <details key={one.name} open={open}>
          <summary>
            <Folder className="icon s third" aria-hidden />
            <span className="grow cut">{one.name}</span>
            <span className="third whole">
              {count(one.files, 'file')}, {bytes(one.bytes)}
            </span>
          </summary>
          <div className="inner">
            <Inside of={one} open={open} />
          </div>
        </details>
      ))}
      {of.leaves.map((one) => (
        <div key={one.name} className="leaf">
          <File className="icon s third" aria-hidden />
          <span className="grow cut" title={one.name}>
            {one.name}
          </span>
          <span className="third whole">{bytes(one.bytes)}</span>
        </div>
      ))}
    </>
  );
}
