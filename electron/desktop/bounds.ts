import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What must be known before the first paint: where the window was, and its ground. Losing it loses nothing. */
export interface WindowState {
  x?: number;
  y?: number;
  width: number;
  height: number;
  maximized: boolean;
  theme: 'system' | 'light' | 'dark';
}

const usual: WindowState = { width: 1280, height: 800, maximized: false, theme: 'system' };
/** window.md: everything works from this size on. */
export const smallest = { width: 1024, height: 700 };

export interface Area {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The kept state, made fit for the screens there are now: a window on a screen that is gone would be out of reach. */
export function readWindowState(home: string, screens: Area[]): WindowState {
  let kept: Partial<WindowState> = {};
  try {
    kept = JSON.parse(readFileSync(join(home, 'window.json'), 'utf8')) as Partial<WindowState>;
  } catch {
    // None yet, or damaged: the usual one.
  }
  const whole = (value: unknown, fallback: number, least: number) => (typeof value === 'number' && Number.isFinite(value) ? Math.max(least, Math.round(value)) : fallback);
  const state: WindowState = {
    width: whole(kept?.width, usual.width, smallest.width),
    height: whole(kept?.height, usual.height, smallest.height),
    maximized: kept?.maximized === true,
    theme: kept?.theme === 'light' || kept?.theme === 'dark' ? kept.theme : 'system',
  };
  const x = whole(kept?.x, Number.NaN, Number.NEGATIVE_INFINITY);
  const y = whole(kept?.y, Number.NaN, Number.NEGATIVE_INFINITY);
  // The title bar must be within reach: a good part of the window's top edge lies on a screen.
  const reachable = screens.some((screen) => x + state.width / 2 > screen.x && x + state.width / 2 < screen.x + screen.width && y >= screen.y && y < screen.y + screen.height - 40);
  return reachable ? { ...state, x, y } : state;
}

export function writeWindowState(home: string, state: WindowState): void {
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    const file = join(home, 'window.json');
    writeFileSync(`${file}.tmp`, JSON.stringify(state), { mode: 0o600 });
    renameSync(`${file}.tmp`, file);
  } catch {
    // A full or read-only disk is told of where something of worth is saved.
  }
}
