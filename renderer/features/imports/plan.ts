import type { Inspection, Travelling } from '../../../shared/contract/imports.ts';
import { type ImportAnswers, importSettings } from '../../../shared/rules/import-settings.ts';
import { looksSecret, variableNameRule } from '../../../shared/rules/variables.ts';

/** The kinds as people call them, in the order of the list. */
export const typeNames: Record<Exclude<Inspection['type'], 'none'>, string> = {
  flask: 'Flask',
  fastapi: 'FastAPI',
  django: 'Django',
  asgi: 'Other ASGI app',
  wsgi: 'Other WSGI app',
  streamlit: 'Streamlit',
  gradio: 'Gradio',
  script: 'Program with a port',
  worker: 'Worker or bot',
  static: 'Static site',
};

/** What was found, as answers that can be put right. */
export function answersOf({ type, root, entrypoint }: Pick<Inspection, 'type' | 'root' | 'entrypoint'>): ImportAnswers {
  return { type: type === 'none' ? 'wsgi' : type, root, entrypoint: entrypoint ?? (type === 'static' ? '.' : '') };
}

/** The settings that deploy it as the page says: as found, as put right, with what is kept, and without what was cleared. */
export function plannedSettings(
  { type, plan }: Pick<Inspection, 'type' | 'plan'>,
  corrected: ImportAnswers | null,
  persist: readonly string[] | undefined,
  dropped: readonly string[],
): Inspection['plan']['settings'] {
  const { persist: _found, ...kept } = Object.fromEntries(Object.entries(plan.settings).filter(([name]) => !dropped.includes(name))) as Inspection['plan']['settings'];
  const keeps = persist !== undefined && { persist: [...persist] };
  if (corrected === null) return { ...kept, ...keeps };
  const { python, packages, before, build, processes } = kept;
  // What one framework does before its start is not for another.
  const all = { python, packages, ...(corrected.type === type && { before, build, processes }), ...importSettings(corrected), ...keeps };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** Other answers than the one that stands there, each once. */
export function otherAnswers(inspection: Inspection, now: ImportAnswers): ImportAnswers[] {
  const all = [inspection, ...inspection.alternatives].filter(({ type }) => type !== 'none').map(answersOf);
  const key = ({ type, root, entrypoint }: ImportAnswers) => [type, root, entrypoint].join('\n');
  return [...new Map(all.map((one) => [key(one), one])).values()].filter((one) => key(one) !== key(now));
}

/** What is kept between releases, as a setting: said where it is more, or less, than the folder says of itself. */
export function keptOf({ persist }: Pick<Inspection, 'persist'>, unkept: readonly string[]): string[] | undefined {
  const kept = persist.filter(({ path }) => !unkept.includes(path));
  const isSaid = kept.every(({ kind }) => kind === 'said') && persist.every(({ kind, path }) => kind !== 'said' || !unkept.includes(path));
  return isSaid ? undefined : kept.map(({ path }) => path);
}

/** A folder of the tree that travels, with all that lies in it. */
export interface Branch {
  name: string;
  files: number;
  bytes: number;
  folders: Branch[];
  /** Files right in it. */
  leaves: { name: string; bytes: number }[];
}

/** The listed files as a tree; folders first, each by name. */
export function treeOf(listed: Travelling['listed']): Branch {
  const make = (name: string): Branch => ({ name, files: 0, bytes: 0, folders: [], leaves: [] });
  const top = make('');
  const known = new Map([['', top]]);
  const folder = (path: string): Branch => {
    const found = known.get(path);
    if (found !== undefined) return found;
    const at = path.lastIndexOf('/');
    const made = make(path.slice(at + 1));
    known.set(path, made);
    folder(at < 0 ? '' : path.slice(0, at)).folders.push(made);
    return made;
  };
  for (const { path, bytes } of listed) {
    const at = path.lastIndexOf('/');
    folder(at < 0 ? '' : path.slice(0, at)).leaves.push({ name: path.slice(at + 1), bytes });
    for (let end = at; ; end = path.lastIndexOf('/', end - 1)) {
      const one = folder(end < 0 ? '' : path.slice(0, end));
      one.files += 1;
      one.bytes += bytes;
      if (end < 0) break;
    }
  }
  return top;
}

/** What a person said of a variable: nothing, another value than the one in .env, or that it is not needed. */
export interface Said {
  value?: string;
  secret?: boolean;
  unneeded?: boolean;
}

export interface Need {
  name: string;
  required: boolean;
  secret: boolean;
  default: string | null;
  /** Where it is read: "settings.py:9". */
  read: string;
  /** The .env file that has a value for it; the value itself stays there. */
  from: string | null;
  said: Said;
  missing: boolean;
}

/** The .env that belongs to the app: beside it, else at the top. */
export function dotenvOf(travelling: Travelling | undefined, root: string): Travelling['dotenv'][number] | null {
  const at = (path: string) => travelling?.dotenv.find((one) => one.path === path);
  return at(root === '.' ? '.env' : `${root}/.env`) ?? at('.env') ?? null;
}

/** The variables that the code reads, the needed ones first; those that ForgeBoard sets itself are none of them. */
export function needsOf(inspection: Inspection, dotenv: Travelling['dotenv'][number] | null, said: Readonly<Record<string, Said>>): Need[] {
  const needs = inspection.environment
    .filter(({ name }) => variableNameRule(name) === null && !['PORT', 'SOCKET', 'DATA_DIR'].includes(name))
    .map((one): Need => {
      const given = said[one.name] ?? {};
      const from = dotenv?.variables.some(({ name }) => name === one.name) === true ? dotenv.path : null;
      const [first] = one.evidence;
      const read = first === undefined ? '' : first.line === null ? first.file : `${first.file}:${first.line}`;
      const missing = one.required && given.unneeded !== true && from === null && (given.value ?? '') === '';
      return { name: one.name, required: one.required, secret: given.secret ?? (one.secret || looksSecret(one.name)), default: one.default, read, from, said: given, missing };
    });
  return [...needs.filter(({ required }) => required), ...needs.filter(({ required }) => !required)];
}

/** What goes to the server before the app does: names whose values stay in the .env until then, and values that were typed. */
export function variablesToSet(needs: readonly Need[], dotenv: Travelling['dotenv'][number] | null, others: boolean) {
  const typed = needs.filter(({ said }) => said.value !== undefined && said.value !== '').map(({ name, secret, said }) => ({ name, value: said.value ?? '', secret }));
  const isTyped = (name: string) => typed.some((one) => one.name === name);
  const read = needs.filter(({ from, said }) => from !== null && said.unneeded !== true).map(({ name }) => name);
  const rest = others ? (dotenv?.variables ?? []).map(({ name }) => name).filter((name) => !needs.some((need) => need.name === name)) : [];
  const only = [...read, ...rest].filter((name) => !isTyped(name));
  return { typed, dotenv: dotenv === null || only.length === 0 ? null : { file: dotenv.file, only } };
}

/** A secret that nobody has to remember: 50 characters, 6 random bits each. */
export function generated(): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return [...crypto.getRandomValues(new Uint8Array(50))].map((byte) => letters[byte & 63]).join('');
}
