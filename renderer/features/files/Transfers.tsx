import { useQueryClient } from '@tanstack/react-query';
import { ArrowDownToLine, ArrowUpFromLine, Check, FolderOpen, TriangleAlert, X } from 'lucide-react';
import { useState } from 'react';
import { useApi } from '../../lib/context.ts';
import { bytes, count, seconds } from '../../lib/format.ts';
import { shareOf, type Transfer, useTransfers } from '../../stores/transfers.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import { oneLine } from './places.ts';
import { again, end } from './transfer.ts';

/** The copies of a server: what runs, what is done, and what has to be decided. */
export function Transfers({ host }: { host: string }) {
  const of = useTransfers(({ of }) => of).filter((one) => one.host === host);
  if (of.length === 0) return null;
  return (
    <section className="transfers" aria-label="Copies">
      {of.map((one) => (
        <Row key={one.id} of={one} />
      ))}
    </section>
  );
}

function Row({ of }: { of: Transfer }) {
  const deps = { api: useApi(), client: useQueryClient() };
  const { way, state, failure } = of;
  const isThere = failure?.problem === 'exists';
  const Icon = state === 'done' ? Check : state === 'failed' ? TriangleAlert : way === 'up' ? ArrowUpFromLine : ArrowDownToLine;
  return (
    <div className={`transfer ${state} ${isThere ? 'asks' : ''}`} role={failure === null ? 'status' : 'alert'}>
      <Icon className="icon s" strokeWidth={1.8} aria-hidden />
      <div className="grow">
        <div className="cut">
          <b>{oneLine(of.name)}</b> {of.isRoot && <span className="is-warn">as root </span>}
          <span className={failure === null ? 'second' : ''}>{wordsOf(of)}</span>
        </div>
        {failure !== null && !isThere && failure.hint !== undefined && <div className="small second wrap">{failure.hint}</div>}
        {state === 'runs' && (
          <span className="progress">
            <i style={{ transform: `scaleX(${shareOf(of)})` }} />
          </span>
        )}
      </div>
      {isThere ? (
        <>
          <Button size="mini" onClick={() => end(of)}>
            Keep it
          </Button>
          <Button size="mini" kind="danger" onClick={() => again(deps, of, true)}>
            Replace it
          </Button>
        </>
      ) : state === 'failed' ? (
        <Button size="mini" onClick={() => again(deps, of, of.overwrite)}>
          {failure?.problem === 'cancelled' ? 'Go on' : 'Try again'}
        </Button>
      ) : null}
      {state === 'done' && way === 'down' && <ShowIt of={of} />}
      {!isThere && (
        <IconButton size="mini" icon={X} label={state === 'runs' || state === 'waits' ? `Cancel the copy of ${of.name}` : `Dismiss ${of.name}`} onClick={() => end(of)} />
      )}
    </div>
  );
}

/**
 * In the system's file manager, from where it goes on by drag and drop. Dragging it out of the window itself would need it here
 * before the drag begins: Electron knows no files that are promised.
 */
function ShowIt({ of }: { of: Transfer }) {
  const [isGone, setGone] = useState(false);
  return isGone ? (
    <span className="small second">It is not there any more</span>
  ) : (
    <Button size="mini" icon={FolderOpen} onClick={() => void window.board.showCopied(of.local, of.name).then((shown) => setGone(!shown))}>
      Show in folder
    </Button>
  );
}

function wordsOf({ way, state, host, folder, progress, done, failure }: Transfer): string {
  if (failure?.problem === 'cancelled') return 'was cancelled. What has come is kept, so going on copies the rest';
  if (failure !== null)
    return failure.problem === 'exists' ? `is there already, in ${way === 'up' ? `${folder} on ${host}` : 'the folder that you chose'}` : `was not copied: ${failure.message}`;
  if (done !== null) {
    const left = done.left > 0 ? `. ${count(done.left, 'link or special file', 'links and special files')} left out` : '';
    return `copied ${way === 'up' ? `to ${folder}` : 'from the server'}: ${count(done.files, 'file')}, ${bytes(done.bytes)} in ${seconds(done.ms)}${left}`;
  }
  if (state === 'waits') return 'waits for the copy before it';
  if (progress === null) return way === 'up' ? `is looked through, for ${folder}` : 'is looked through';
  return `${progress.files.toLocaleString('en-GB')} of ${count(progress.ofFiles, 'file')}, ${bytes(progress.bytes)} of ${bytes(progress.ofBytes)}`;
}
