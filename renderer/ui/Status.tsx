import './Status.css';

export type State = 'live' | 'deploying' | 'failed' | 'asleep' | 'warning' | 'stopped' | 'kept';

const shapes: Record<State, React.ReactNode> = {
  live: <circle cx="5" cy="5" r="4" fill="currentColor" />,
  deploying: (
    <g className="turning" fill="none" stroke="currentColor">
      <circle cx="5" cy="5" r="3.7" strokeWidth="1.6" strokeOpacity=".35" />
      <path d="M5 1.3A3.7 3.7 0 018.7 5" strokeWidth="1.8" strokeLinecap="round" />
    </g>
  ),
  failed: <rect x="1.2" y="1.2" width="7.6" height="7.6" rx="1.4" fill="currentColor" />,
  asleep: <path d="M8.9 6.3A4.1 4.1 0 013.7 1.1 4.1 4.1 0 108.9 6.3z" fill="currentColor" />,
  warning: <path d="M5 .8L9.6 9.2H.4z" fill="currentColor" />,
  stopped: <circle cx="5" cy="5" r="3.6" fill="none" stroke="currentColor" strokeWidth="1.5" strokeDasharray="2.2 1.7" />,
  kept: <circle cx="5" cy="5" r="3.2" fill="none" stroke="currentColor" strokeWidth="1.4" />,
};

/** The shape alone; a name or a count must stand beside it. */
export function Dot({ state }: { state: State }) {
  return (
    <svg className={`dot state-${state}`} viewBox="0 0 10 10" aria-hidden>
      {shapes[state]}
    </svg>
  );
}

/** A state as shape, hue and word. */
export function Status({ state, children }: { state: State; children: React.ReactNode }) {
  return (
    <span className={`status state-${state}`}>
      <Dot state={state} />
      {children}
    </span>
  );
}
