/** Panes that share a room, as they were split: the number of a pane, or two parts side by side or one below the other. */
export type Layout = number | Split;
export interface Split {
  way: Way;
  /** Of the first part, between 0 and 1. */
  share: number;
  first: Layout;
  second: Layout;
}
export type Way = 'beside' | 'below';

/** Where something lies in the room, each as a part of 1. */
export interface Place {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** A line between two parts: at which share of `within` it lies, and how the split is reached (0 first, 1 second). */
export interface Divider {
  way: Way;
  share: number;
  within: Place;
  path: readonly (0 | 1)[];
}

const whole: Place = { left: 0, top: 0, width: 1, height: 1 };
/** No part is drawn smaller than this. */
const least = 0.1;

/** The panes in reading order. */
export function panesOf(layout: Layout): number[] {
  return typeof layout === 'number' ? [layout] : [...panesOf(layout.first), ...panesOf(layout.second)];
}

/** The layout with a pane's place halved for a new one. */
export function splitAt(layout: Layout, pane: number, way: Way, added: number): Layout {
  if (typeof layout === 'number') return layout === pane ? { way, share: 0.5, first: pane, second: added } : layout;
  return { ...layout, first: splitAt(layout.first, pane, way, added), second: splitAt(layout.second, pane, way, added) };
}

/** The layout without a pane, whose neighbour takes its place; null where it was the only one. */
export function without(layout: Layout, pane: number): Layout | null {
  if (typeof layout === 'number') return layout === pane ? null : layout;
  const first = without(layout.first, pane);
  const second = without(layout.second, pane);
  return first === null ? second : second === null ? first : { ...layout, first, second };
}

function halves({ way, share, first, second }: Split, within: Place): [Layout, Place][] {
  const { left, top, width, height } = within;
  return way === 'beside'
    ? [
        [first, { ...within, width: width * share }],
        [second, { ...within, left: left + width * share, width: width * (1 - share) }],
      ]
    : [
        [first, { ...within, height: height * share }],
        [second, { ...within, top: top + height * share, height: height * (1 - share) }],
      ];
}

/** Where each pane lies, in reading order. */
export function placesOf(layout: Layout, within = whole): { pane: number; place: Place }[] {
  return typeof layout === 'number' ? [{ pane: layout, place: within }] : halves(layout, within).flatMap(([part, place]) => placesOf(part, place));
}

/** The lines between the panes. */
export function dividersOf(layout: Layout, within = whole, path: readonly (0 | 1)[] = []): Divider[] {
  if (typeof layout === 'number') return [];
  const inner = halves(layout, within).flatMap(([part, place], index) => dividersOf(part, place, [...path, index === 0 ? 0 : 1]));
  return [{ way: layout.way, share: layout.share, within, path }, ...inner];
}

/** The layout with one line moved. */
export function resized(layout: Layout, path: readonly (0 | 1)[], share: number): Layout {
  if (typeof layout === 'number') return layout;
  const [step, ...rest] = path;
  if (step === undefined) return { ...layout, share: Math.max(least, Math.min(1 - least, share)) };
  return step === 0 ? { ...layout, first: resized(layout.first, rest, share) } : { ...layout, second: resized(layout.second, rest, share) };
}

/** The pane that lies in a direction from another, nearest to its middle; itself where there is none. */
export function neighbour(layout: Layout, pane: number, towards: 'left' | 'right' | 'up' | 'down'): number {
  const places = placesOf(layout);
  const from = places.find((one) => one.pane === pane)?.place;
  if (from === undefined) return pane;
  const middle = ({ left, top, width, height }: Place) => ({ x: left + width / 2, y: top + height / 2 });
  const here = middle(from);
  const edge = 1e-6;
  const beyond = ({ left, top, width, height }: Place): boolean =>
    towards === 'left'
      ? left + width <= from.left + edge
      : towards === 'right'
        ? left >= from.left + from.width - edge
        : towards === 'up'
          ? top + height <= from.top + edge
          : top >= from.top + from.height - edge;
  const away = (place: Place) => Math.hypot(middle(place).x - here.x, middle(place).y - here.y);
  const [nearest] = places.filter(({ place }) => beyond(place)).sort((one, other) => away(one.place) - away(other.place));
  return nearest?.pane ?? pane;
}

/** A layout that was written down, if it is one and has each of the panes once. */
export function readLayout(given: unknown, panes: readonly number[]): Layout | null {
  const read = (part: unknown, depth: number): Layout | null => {
    if (typeof part === 'number') return part;
    if (typeof part !== 'object' || part === null || depth > 8) return null;
    const { way, share, first, second } = part as Partial<Record<keyof Split, unknown>>;
    const one = read(first, depth + 1);
    const other = read(second, depth + 1);
    if ((way !== 'beside' && way !== 'below') || typeof share !== 'number' || !(share > 0 && share < 1) || one === null || other === null) return null;
    return { way, share, first: one, second: other };
  };
  const layout = read(given, 0);
  if (layout === null) return null;
  const found = panesOf(layout);
  return found.length === panes.length && panes.every((pane) => found.includes(pane)) ? layout : null;
}
