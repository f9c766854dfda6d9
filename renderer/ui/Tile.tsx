import type { ReactNode } from 'react';
import './Tile.css';

interface TileProps {
  name: string;
  /** At the right of the name: "load 0.71". */
  aside?: ReactNode;
  figure?: ReactNode;
  unit?: string;
  values?: readonly number[];
  /** The top of the scale, which begins at zero. */
  limit?: number;
  /** In place of a figure where there is none. */
  sentence?: string;
}

/** A figure with its last two minutes, on a true scale from zero to its limit. */
export function Tile({ name, aside, figure, unit, values = [], limit = 1, sentence }: TileProps) {
  return (
    <section className="tile" aria-label={name}>
      <div className="name">
        <span>{name}</span>
        <span>{aside}</span>
      </div>
      {figure === undefined ? (
        <div className="sentence">{sentence}</div>
      ) : (
        <>
          <div className="figure">
            {figure} <small>{unit}</small>
          </div>
          <Sparkline values={values} limit={limit} />
        </>
      )}
    </section>
  );
}

const points = 120;

/** A line over the last samples, newest at the right edge. */
export function Sparkline({ values, limit }: { values: readonly number[]; limit: number }) {
  if (values.length < 2) return <svg className="spark" aria-hidden />;
  const shown = values.slice(-points);
  const from = points - shown.length;
  const path = shown.map((value, index) => `${(((from + index) / (points - 1)) * 100).toFixed(2)} ${(33 - Math.min(1, value / (limit || 1)) * 31).toFixed(1)}`).join(' L');
  const first = ((from / (points - 1)) * 100).toFixed(2);
  return (
    <svg className="spark" viewBox="0 0 100 34" preserveAspectRatio="none" aria-hidden>
      <path className="ground" d={`M${first} 34 L${path} L100 34 Z`} />
      <path className="stroke" d={`M${path}`} />
    </svg>
  );
}
