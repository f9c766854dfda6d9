import { useOperation } from '../../lib/query.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Problem, Skeleton } from '../../ui/Panel.tsx';
import { Time } from '../../ui/Time.tsx';

/** The versions that the server keeps: who changed which names, and when. */
export function VersionsDialog({ host, app, onClose }: { host: string; app: string; onClose: () => void }) {
  const facts = useOperation('variables.history', { host, app });
  return (
    <Dialog
      title={`Versions of the variables of ${app}`}
      open
      onClose={onClose}
      footer={
        <>
          <span className="small third">A rollback of a release brings back those it ran with.</span>
          <Button data-first onClick={onClose}>
            Close
          </Button>
        </>
      }
    >
      {facts.data === undefined ? (
        facts.error === null ? (
          <Skeleton />
        ) : (
          <Problem failure={facts.error} />
        )
      ) : facts.data.versions.length === 0 ? (
        <p className="second">None were ever set.</p>
      ) : (
        <ol className="versions">
          {facts.data.versions.map(({ version, live, at, actor, added, changed, removed, restored }) => (
            <li key={version}>
              <div className="line">
                <b>Version {version}</b>
                {live && <span className="tag new">live</span>}
                {restored !== null && <span className="small third">{restored === 0 ? 'as before the first' : `as version ${restored}`}, by a rollback</span>}
                <span className="grow" />
                <span className="small third cut">
                  {actor ?? 'somebody'}
                  {at !== null && (
                    <>
                      , <Time at={at} />
                    </>
                  )}
                </span>
              </div>
              <p className="small mono wrap">
                <Names sign="+" word="added" className="is-live" names={added} />
                <Names sign="~" word="changed" className="is-accent" names={changed} />
                <Names sign="−" word="removed" className="is-fail" names={removed} />
              </p>
            </li>
          ))}
        </ol>
      )}
    </Dialog>
  );
}

function Names({ sign, word, className, names }: { sign: string; word: string; className: string; names: readonly string[] }) {
  return names.map((name) => (
    <span key={name} className={`${className} name`}>
      <span aria-hidden>{sign} </span>
      <span className="heard">{word} </span>
      {name}{' '}
    </span>
  ));
}
