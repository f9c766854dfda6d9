/** A line of output as it is drawn. */
export type Drawn =
  | { kind: 'text' | 'dim' | 'failing'; text: string }
  | { kind: 'place'; before: string; file: string; line: string; after: string }
  | { kind: 'folded'; count: number; names: string; lines: string[] };

const frame = /^(\s*File ")([^"]+)(", line )(\d+)(.*)$/;
const library = /\/(?:site-packages|dist-packages|lib\/python3[^/]*|venvs?)\/|^<frozen /;

/** The app's own path of a file on the server: what comes after its release folder. */
const own = (path: string) => path.replace(/^.*\/(?:releases\/\d+|slots\/[ab]\/release)\//, '');

/**
 * Output for reading: frames of libraries are folded to a count, the app's own stay, and the line that says why is marked:
 * the last one that the reason names, or else the last exception.
 */
export function drawn(lines: readonly string[], failing: string | null): Drawn[] {
  const at = failing === null ? -1 : failingLine(lines, failing);
  const result: Drawn[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const text = lines[index] ?? '';
    const found = frame.exec(text);
    if (found === null || index === at) {
      result.push({ kind: index === at ? 'failing' : /^(\[\d{4}-|systemd|forgeboard-|Traceback )/.test(text) ? 'dim' : 'text', text });
      continue;
    }
    const [, before = '', path = '', middle = '', line = '', after = ''] = found;
    if (!library.test(path)) {
      result.push({ kind: 'place', before, file: own(path), line, after: `${middle}|${after}` });
      continue;
    }
    // A frame is its place and the indented lines below it.
    const folded = [text];
    while (index + 1 < lines.length && index + 1 !== at && (/^\s{4,}/.test(lines[index + 1] ?? '') || library.test(frame.exec(lines[index + 1] ?? '')?.[2] ?? ''))) {
      index += 1;
      folded.push(lines[index] ?? '');
    }
    const names = [
      ...new Set(folded.flatMap((one) => /(?:site-packages|dist-packages|lib\/python3[^/]*)\/([^/".]+)/.exec(one)?.[1] ?? (one.includes('<frozen ') ? 'importlib' : []))),
    ];
    result.push({ kind: 'folded', count: folded.length, names: names.slice(0, 4).join(', '), lines: folded });
  }
  return result;
}

function failingLine(lines: readonly string[], reason: string): number {
  for (let index = lines.length - 1; index >= 0; index -= 1) {
    const text = (lines[index] ?? '').trim();
    if (text.length > 6 && reason.includes(text)) return index;
  }
  for (let index = lines.length - 1; index >= 0; index -= 1) if (/^\w[\w.]*(Error|Exception|Exit)\b/.test(lines[index] ?? '')) return index;
  return -1;
}
