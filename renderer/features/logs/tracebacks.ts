import type { Line } from './lines.ts';

export interface Frame {
  /** As the app's folder has it, where it is the app's own. */
  file: string;
  line: string;
  name: string;
  code: string[];
  /** The package that it is of; null where it is the app's own. */
  library: string | null;
}

/** One traceback as it was printed, over several lines. */
export interface Traceback {
  lines: Line[];
  /** The exception with its message: the last line that is not indented. */
  title: string;
  frames: Frame[];
  /** Lines after the last frame. */
  end: string[];
  /** The app's own last place: "app/basket.py, line 88". */
  place: string | null;
  /** Equal ones have the same. */
  signature: string;
}

const framed = /^\s+(?:\| )?File "([^"]{1,500})", line (\d{1,9})(?:, in (.{1,200}))?$/;
const head = 'Traceback (most recent call last):';

/** What the lines of one traceback say. */
export function readTraceback(lines: Line[]): Traceback {
  const texts = lines.flatMap(({ text }) => text.split('\n'));
  const frames: Frame[] = [];
  let end: string[] = [];
  for (const text of texts) {
    const [, file, line, name] = framed.exec(text) ?? [];
    const last = frames.at(-1);
    if (file !== undefined && line !== undefined) {
      frames.push({ ...placeOf(file), line, name: name ?? '', code: [] });
      end = [];
    } else if (/^\s/.test(text) && last !== undefined && end.length === 0) last.code.push(text.trim());
    else if (text.trim() !== '' && text !== head) end.push(text);
  }
  const own = frames.filter(({ library }) => library === null).at(-1);
  const title = end.find((text) => !/^\s/.test(text)) ?? end[0] ?? 'Traceback';
  return {
    lines,
    title,
    frames,
    end,
    place: own === undefined ? null : `${own.file}, line ${own.line}`,
    signature: [title.replace(/0x[0-9a-f]+|\d{3,}/gi, '#'), ...frames.map(({ file, line }) => `${file}:${line}`)].join('\n'),
  };
}

function placeOf(file: string): { file: string; library: string | null } {
  const packaged = /(?:site|dist)-packages\/([A-Za-z0-9_.-]+)/.exec(file)?.[1]?.replace(/\.py$/, '');
  if (packaged !== undefined) return { file, library: packaged };
  if (file.startsWith('<frozen') || /\/lib\/python3[^/]*\//.test(file)) return { file, library: 'Python' };
  return { file: file.replace(/^\/srv\/forgeboard\/[^/]+\/(?:releases\/\d+|slots\/[ab]\/release)\//, ''), library: null };
}

/** Frames in the order they stand in, those of packages that follow each other as one. */
export function folded(frames: readonly Frame[]): (Frame | { count: number; of: string[] })[] {
  const found: (Frame | { count: number; of: string[] })[] = [];
  for (const frame of frames) {
    const last = found.at(-1);
    if (frame.library === null) found.push(frame);
    else if (last !== undefined && 'count' in last) {
      last.count += 1;
      if (!last.of.includes(frame.library)) last.of.push(frame.library);
    } else found.push({ count: 1, of: [frame.library] });
  }
  return found;
}
