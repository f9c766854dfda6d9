import type { Explained, Said } from './said.ts';
import { pathRule } from '../names.ts';

/** The app wrote where it may not: a release is sealed, and of the server it sees only its data folder. */
export function readOnly({ text, spec }: Said): Explained | null {
  if (/unable to open database file|attempt to write a readonly database/.test(text))
    return {
      what: 'The database is a file in the release, where nothing can be written',
      hint: 'Keep it in the data folder, where it also outlives releases.',
      fix: null,
      asks: 'persist',
    };
  const path = /(?:PermissionError|OSError|Permission denied|Read-only file system)[^\n]*?(?:\[Errno (?:13|30)\][^\n:]*: )?['"](\/[^'"\n]+)['"]/.exec(text)?.[1];
  if (path === undefined) return null;
  const inside = /^\/srv\/forgeboard\/[^/]+\/(?:releases\/\d+|slots\/[ab]\/(?:release|app)|live\/release)\/(.+)$/.exec(path)?.[1];
  const root = spec === null || spec.root === '.' ? '' : `${spec.root}/`;
  if (inside === undefined || !inside.startsWith(root))
    return {
      what: `The app may not write ${path}`,
      hint: 'It writes in its data folder alone, whose path is in the variable DATA_DIR: let it take its path from there.',
      fix: null,
    };
  const [first = '', ...rest] = inside.slice(root.length).split('/');
  const kept = rest.length === 0 || !first.includes('.') ? first : inside.slice(root.length);
  if (pathRule(kept) !== null) return null;
  return {
    what: `The app writes ${inside.slice(root.length)} in the release, where nothing can be written`,
    hint: `Keep ${kept} in the data folder, where it also outlives releases.`,
    fix: spec === null ? null : { label: `Keep ${kept}`, variable: null, settings: { persist: [...new Set([...spec.persist, kept])] } },
  };
}

/** The database is there and empty, or older than the code. */
export function noTable({ text, spec }: Said): Explained | null {
  const table = /no such (?:table|column): ([\w.]+)|relation ["']([\w.]+)["'] does not exist|Table ['"]([\w.]+)['"] doesn't exist|UndefinedTable/.exec(text);
  if (table === null) return null;
  const name = table[1] ?? table[2] ?? table[3];
  const command = /django/.test(text)
    ? 'python manage.py migrate --noinput'
    : /flask_migrate/.test(text)
      ? 'flask db upgrade'
      : /alembic/.test(text)
        ? 'alembic upgrade head'
        : null;
  const what = `The database has no ${name ?? 'such table'} yet`;
  if (command === null) return { what, hint: 'Make the tables before the start, with a command in the setting before.', fix: null };
  const before = [...(spec?.before ?? []).map((words) => words.join(' ')).filter((one) => one !== command), command];
  if (spec === null) return { what, hint: `Let ${command} run before each start.`, fix: null };
  return { what, hint: `Let ${command} run before each start.`, fix: { label: 'Run it before each start', variable: null, settings: { before } } };
}
