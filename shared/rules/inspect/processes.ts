import type { Candidate } from './candidate.ts';
import type { Facts } from './facts.ts';
import { queueCandidates } from './queues.ts';
import { folderOf, joined, upwards } from './project.ts';
import { recordOf } from './record.ts';

/** What runs beside or instead of the web process: as a Procfile or a platform's file says, else as the code shows. */
export function processesOf(facts: Facts, best: Candidate): Record<string, string> {
  const found: Record<string, string> = {};
  const folders = upwards(best.root);
  for (const folder of folders) {
    const text = facts.texts.get(joined(folder, 'Procfile'));
    for (const line of text?.split(/\r?\n/) ?? []) {
      const [, name, command] = /^([A-Za-z0-9_-]+)\s*:\s*(.+?)\s*$/.exec(line) ?? [];
      if (name !== undefined && command !== undefined) found[name] ??= command;
    }
    const fly = recordOf(recordOf(facts.documents.get(joined(folder, 'fly.toml'))).processes);
    for (const [name, command] of Object.entries(fly)) if (typeof command === 'string') found[name] ??= command;
    if (Object.keys(found).length > 0) return found;
  }
  if (best.type === 'worker' && best.served === 'script' && best.entrypoint.endsWith('.py'))
    found.worker = /\/__main__\.py$/.test(best.entrypoint) ? `python -m ${best.entrypoint.replace('/__main__.py', '').replaceAll('/', '.')}` : `python ${quoted(best.entrypoint)}`;
  const [queue] = queueCandidates(facts).filter(({ score }) => score > 0);
  if (queue !== undefined && !(best.type === 'worker' && best.entrypoint.endsWith('.py'))) found.worker = queue.starts;
  return found;
}

const quoted = (path: string): string => (/^[\w./-]+$/.test(path) ? path : `"${path}"`);

/** Folders that are served as they are, and those of uploads, relative to the app's folder. */
export function servedFolders(facts: Facts, best: Candidate): { static: string[]; media: string[] } {
  const inside = (names: RegExp): string[] => {
    const found = new Set<string>();
    for (const path of facts.paths) {
      const own = best.root === '.' ? path : path.startsWith(`${best.root}/`) ? path.slice(best.root.length + 1) : null;
      const parts = own === null ? [] : folderOf(own).split('/');
      const at = parts.findIndex((part) => names.test(part));
      if (at >= 0 && at <= 2 && !/(^|\/)(tests?|docs?|node_modules|examples?)\//.test(path)) found.add(parts.slice(0, at + 1).join('/'));
    }
    return [...found].sort().slice(0, 20);
  };
  if (best.type === 'static') return { static: [], media: [] };
  const said = (names: RegExp): string[] => {
    const found: string[] = [];
    for (const sheet of facts.project.sheets.values()) {
      if (best.type !== 'django' || !/settings|config|base|conf|prod/.test(sheet.path)) continue;
      for (const [name, { value }] of sheet.assigned) {
        if (!names.test(name)) continue;
        const last = lastText(value);
        if (last !== null && /^[\w.-][\w./-]*$/.test(last)) found.push(last.replace(/\/+$/, ''));
      }
    }
    return found;
  };
  return {
    static: [...new Set([...said(/^STATIC_ROOT$/), ...inside(/^static(files)?$|^assets$/)])],
    media: [...new Set([...said(/^MEDIA_ROOT$/), ...inside(/^(media|uploads?)$/)])],
  };
}

function lastText(value: import('./syntax.ts').Value): string | null {
  if (value.kind === 'text') return value.text;
  const last = value.kind === 'call' ? value.args.at(-1) : value.kind === 'operation' ? value.parts.at(-1) : undefined;
  return last === undefined ? null : lastText(last);
}
