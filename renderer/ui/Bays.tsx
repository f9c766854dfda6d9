import type { ReactNode } from 'react';
import './Bays.css';
import { type State, Status } from './Status.tsx';

export interface Bay {
  kind: 'serving' | 'checking' | 'failed' | 'kept' | 'empty';
  title: ReactNode;
  text: ReactNode;
  /** Shape and word at the right. */
  status?: readonly [State, string];
  action?: ReactNode;
}

const below = 'M17 63 C34 63 30 97 50 97 H64';
const above = 'M0 63 H14 C34 63 30 29 50 29 H64';

/** An app: its address, wired to one of the two places where a release can run. */
export function Bays({ address, about, a, b }: { address: string; about: ReactNode; a: Bay; b: Bay }) {
  const serving = a.kind === 'serving' ? 'a' : b.kind === 'serving' ? 'b' : null;
  const other = serving === 'a' ? b : serving === 'b' ? a : null;
  return (
    <div className="bays">
      <div className="origin">
        <div className="cut" title={address}>
          <b>{address}</b>
        </div>
        <div className="small third cut">{about}</div>
      </div>
      <svg className="wires" viewBox="0 0 64 126" width="64" height="126" aria-hidden>
        <g className={serving === 'b' ? 'flip b' : 'flip'}>
          {serving === null ? (
            <>
              <path className={`thin ${a.kind}`} d={above} />
              <path className={`thin ${b.kind}`} d={below} />
            </>
          ) : (
            <>
              <path className={`thin ${other?.kind ?? ''}`} d={below} />
              <path className="solid" d={above} />
              <circle className="end" cx="60" cy="29" r="3" />
            </>
          )}
        </g>
      </svg>
      <div className="pair">
        <Place slot="a" bay={a} />
        <Place slot="b" bay={b} />
      </div>
    </div>
  );
}

function Place({ slot, bay }: { slot: string; bay: Bay }) {
  return (
    <section className={`bay ${bay.kind}`} aria-label={`Slot ${slot}`}>
      <span className="slot" aria-hidden>
        {slot}
      </span>
      <div className="grow">
        <div className="cut">{bay.title}</div>
        <div className="small second cut">{bay.text}</div>
      </div>
      {bay.action}
      {bay.status && <Status state={bay.status[0]}>{bay.status[1]}</Status>}
    </section>
  );
}
