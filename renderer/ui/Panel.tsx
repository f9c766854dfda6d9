import { CircleX, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import type { FailureRecord } from '../../shared/errors.ts';
import { useEffect, useState } from 'react';
import './Panel.css';

/** A box with a title: what it holds, a remark, and what can be done with it. */
export function Panel({
  title,
  note,
  action,
  children,
  className,
  label,
}: {
  title?: ReactNode;
  note?: ReactNode;
  action?: ReactNode;
  children: ReactNode;
  className?: string;
  label?: string;
}) {
  return (
    <section className={['panel', className].filter(Boolean).join(' ')} aria-label={label ?? (typeof title === 'string' ? title : undefined)}>
      {title !== undefined && (
        <header>
          <h2 className="whole">{title}</h2>
          {note !== undefined && <span className="small third cut">{note}</span>}
          {action !== undefined && <div className="push">{action}</div>}
        </header>
      )}
      {children}
    </section>
  );
}

/** Names and values. */
export function Facts({ of }: { of: readonly (readonly [string, ReactNode] | null)[] }) {
  return (
    <dl className="facts">
      {of.map((fact) =>
        fact === null ? null : (
          <div key={fact[0]} style={{ display: 'contents' }}>
            <dt>{fact[0]}</dt>
            <dd className="wrap">{fact[1]}</dd>
          </div>
        ),
      )}
    </dl>
  );
}

/** What goes here, one sentence, one or two acts. */
export function Empty({ icon: Icon, title, children, actions }: { icon: LucideIcon; title: string; children: ReactNode; actions?: ReactNode }) {
  return (
    <div className="nothing">
      <Icon className="icon" strokeWidth={1.6} aria-hidden />
      <h2>{title}</h2>
      <p>{children}</p>
      {actions && <div className="line">{actions}</div>}
    </div>
  );
}

/** The shape of what comes, after 300 ms; before that nothing. Its words stand in the header of the panel around it. */
export function Skeleton({ rows = 3 }: { rows?: number }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 300);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className="skeletons" aria-busy="true" style={{ visibility: late ? 'visible' : 'hidden' }}>
      {Array.from({ length: rows }, (_, index) => (
        <div key={`row ${String(index)}`}>
          <span className="skeleton" />
          <span className="skeleton" />
          <span className="skeleton" style={{ width: `${70 - index * 12}%` }} />
          <span className="skeleton" />
        </div>
      ))}
    </div>
  );
}

/** A problem, named: what happened, what to do, its code small at the end. */
export function Problem({ failure, actions }: { failure: FailureRecord; actions?: ReactNode }) {
  return (
    <div className="problem" role="alert">
      <CircleX className="icon" strokeWidth={1.8} aria-hidden />
      <div className="grow">
        <div className="line">
          <b className="wrap">{failure.message}</b>
          <span className="mono small code whole">{failure.problem}</span>
        </div>
        {failure.hint && <p className="second wrap">{failure.hint}</p>}
        {actions && (
          <div className="line" style={{ marginTop: 10 }}>
            {actions}
          </div>
        )}
      </div>
    </div>
  );
}
