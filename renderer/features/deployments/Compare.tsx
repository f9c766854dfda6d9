import { ArrowRight, X } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Output } from '../../lib/api.ts';
import { count, span } from '../../lib/format.ts';
import { useOperation } from '../../lib/query.ts';
import { IconButton } from '../../ui/Button.tsx';
import { Problem, Skeleton } from '../../ui/Panel.tsx';
import { Status } from '../../ui/Status.tsx';
import './Compare.css';
import { migratedWords } from './migrated.ts';
import { RollBackButton } from './Rollback.tsx';

type Release = Output<'releases.list'>['releases'][number];

/** More paths than this are counted. */
const mostPaths = 60;

/** What differs between two kept releases, the older first. */
export function Compare({ host, app, from, to, onClose }: { host: string; app: string; from: Release; to: Release; onClose: () => void }) {
  const { data, error } = useOperation('releases.compare', { host, app, from: from.release, to: to.release });
  const target = from.state === 'live' ? to : from;
  return (
    <aside className="panel compare" aria-label={`Release ${from.release} beside ${to.release}`}>
      <header>
        <b>{from.release}</b>
        {from.state === 'live' && <Status state="live">live</Status>}
        <ArrowRight className="icon s third" aria-label="to" />
        <b>{to.release}</b>
        {to.state === 'live' && <Status state="live">live</Status>}
        <span className="grow" />
        <IconButton size="mini" icon={X} label="Close the comparison" onClick={onClose} />
      </header>
      <p className="small second said">
        {span(Math.max(0, Date.parse(to.createdAt) - Date.parse(from.createdAt)))} apart
        {from.actor === to.actor ? `, both by ${to.actor}` : `, by ${from.actor} and ${to.actor}`}
      </p>
      {data === undefined ? error === null ? <Skeleton /> : <Problem failure={error} /> : <Parts of={data} from={from} to={to} />}
      <footer>
        <p className="small second wrap">Brings back code, packages, variables and settings of {target.release}. Nothing is uploaded and nothing is built.</p>
        <RollBackButton host={host} app={app} release={target.release}>
          Roll back to {target.release}
        </RollBackButton>
      </footer>
    </aside>
  );
}

function Parts({ of: { added, removed, changed, more, settings, variables, migrated }, from, to }: { of: Output<'releases.compare'>; from: Release; to: Release }) {
  const files = [...changed.map((path) => ['~', path] as const), ...added.map((path) => ['+', path] as const), ...removed.map((path) => ['−', path] as const)];
  const left = files.length + more - Math.min(files.length, mostPaths);
  const names =
    variables === null
      ? null
      : [
          ...variables.changed.map((name) => ['~', name] as const),
          ...variables.added.map((name) => ['+', name] as const),
          ...variables.removed.map((name) => ['−', name] as const),
        ];
  return (
    <>
      <Part title="Code" note={files.length === 0 ? undefined : count(files.length + more, 'file')}>
        {files.length === 0 ? <Same /> : files.slice(0, mostPaths).map(([sign, path]) => <Line key={`${sign}${path}`} sign={sign} text={path} />)}
        {left > 0 && <p className="small third">and {count(left, 'more file', 'more files')}</p>}
      </Part>
      <Part title="Python" note={undefined}>
        {from.python === to.python ? <p className="small third">{to.python} in both</p> : <Line sign="~" text={`${from.python} → ${to.python}`} />}
      </Part>
      <Part title="Variables" note={names === null || names.length === 0 ? undefined : 'names only'}>
        {names === null ? (
          <p className="small third wrap">The versions that they ran with are not kept any more.</p>
        ) : names.length === 0 ? (
          <Same />
        ) : (
          names.map(([sign, name]) => <Line key={`${sign}${name}`} sign={sign} text={name} />)
        )}
      </Part>
      <Part title="Settings" note={undefined}>
        {settings.length === 0 ? <Same /> : settings.map(({ name, before, after }) => <Line key={name} sign="~" text={`${name} ${before} → ${after}`} />)}
      </Part>
      {migrated.length > 0 && (
        <Part title="Database" note={undefined}>
          <p className="small second wrap">{migratedWords(migrated)}</p>
        </Part>
      )}
    </>
  );
}

function Part({ title, note, children }: { title: string; note: string | undefined; children: ReactNode }) {
  return (
    <section className="part">
      <h2>
        {title}
        {note !== undefined && <span className="small third"> {note}</span>}
      </h2>
      {children}
    </section>
  );
}

const Same = () => <p className="small third">The same</p>;

const kinds = { '+': ['added', 'added'], '−': ['gone', 'removed'], '~': ['changed', 'changed'] } as const;

function Line({ sign, text }: { sign: keyof typeof kinds; text: string }) {
  const [look, word] = kinds[sign];
  return (
    <div className={`small mono differs ${look}`} title={text}>
      <span aria-hidden>{sign}</span>
      <span className="heard">{word}</span>
      <span className="cut">{text}</span>
    </div>
  );
}
