import type { DependencySource } from '../../contract/imports.ts';
import { lineNaming, listOf, type Papers, textsOf } from './papers.ts';
import { recordOf } from '../inspect/record.ts';
import { condaPackages } from './conda.ts';
import { readRequirement, type Requirement } from './requirement.ts';
import { type Declared, readRequirements, type WrongLine } from './requirements-file.ts';

/** The packages that a project asks for by name, without those for its development. */
export interface DeclaredPackages {
  packages: Declared[];
  constraints: Declared[];
  wrong: WrongLine[];
  /** What cannot be told without running the project's own code. */
  isDynamic: boolean;
  /** Every file that was read for it. */
  files: string[];
}

/** Groups that are there to be served with; all others are for development, or a user's choice. */
const served = /^(prod(uction)?|deploy(ment)?|server|web|wsgi|asgi|runtime|main|default|gunicorn|hosting)$/i;

/** Reads what the chosen file, or the project file beside a lock file, asks for. */
export function declaredPackages(papers: Papers, source: DependencySource, file: string | null): DeclaredPackages {
  const none: DeclaredPackages = { packages: [], constraints: [], wrong: [], isDynamic: false, files: [] };
  if (file === null) return none;
  if (source === 'requirements.txt') return { ...none, ...readRequirements(papers, file) };
  const beside = (name: string) => (file.includes('/') ? `${file.slice(0, file.lastIndexOf('/'))}/${name}` : name);
  const from = source === 'pipenv' ? beside('Pipfile') : source === 'conda' || source === 'setup.py' ? file : beside('pyproject.toml');
  const text = papers.texts.get(from) ?? '';
  const wrong: WrongLine[] = [];
  const packages: Declared[] = [];
  const add = (given: Requirement | null, words: string): void => {
    const line = lineNaming(text, given?.written ?? words);
    if (given !== null) packages.push({ ...given, file: from, line });
    else wrong.push({ file: from, line: line ?? 1, why: `"${words.slice(0, 80)}" is no requirement` });
  };
  const document = recordOf(papers.documents.get(from));
  let isDynamic = false;
  if (source === 'pipenv') for (const [name, value] of Object.entries(recordOf(document.packages))) add(fromTable(name, value), name);
  else if (source === 'conda') for (const one of condaPackages(document)) add(one, one.written);
  else if (source === 'setup.py') {
    const config = papers.texts.get(beside('setup.cfg')) ?? '';
    const lines = /setup\.cfg$/.test(from) ? null : setupPackages(text);
    for (const one of lines ?? configPackages(config) ?? []) add(readRequirement(one), one);
    isDynamic = lines === null && configPackages(config) === null;
  } else {
    for (const one of projectPackages(document, groupsUsed(papers, from))) add(typeof one === 'string' ? readRequirement(one) : one, typeof one === 'string' ? one : one.written);
  }
  return { ...none, packages: once(packages), wrong, isDynamic, files: [from] };
}

/** Of pyproject.toml: PEP 621, PEP 735 and Poetry. */
function projectPackages(document: Record<string, unknown>, groups: ReadonlySet<string>): (string | Requirement)[] {
  const project = recordOf(document.project);
  const poetry = recordOf(recordOf(document.tool).poetry);
  const isUsed = (group: string) => served.test(group) || groups.has(group);
  const found: (string | Requirement)[] = [...textsOf(project.dependencies)];
  for (const [group, names] of Object.entries(recordOf(project['optional-dependencies']))) if (isUsed(group)) found.push(...textsOf(names));
  const grouped = recordOf(document['dependency-groups']);
  const ofGroup = (group: string, depth: number): string[] =>
    depth > 10
      ? []
      : listOf(grouped[group]).flatMap((one) =>
          typeof one === 'string' ? [one] : typeof recordOf(one)['include-group'] === 'string' ? ofGroup(String(recordOf(one)['include-group']), depth + 1) : [],
        );
  for (const group of Object.keys(grouped)) if (isUsed(group)) found.push(...ofGroup(group, 0));
  const table = (names: unknown) => {
    for (const [name, value] of Object.entries(recordOf(names))) {
      const one = name === 'python' || (recordOf(value).optional === true && !groups.has(name)) ? null : fromTable(name, value);
      if (one !== null) found.push(one);
    }
  };
  table(poetry.dependencies);
  for (const [group, value] of Object.entries(recordOf(poetry.group))) if (isUsed(group)) table(recordOf(value).dependencies);
  return found;
}

/** Groups and extras that the files which deploy the app ask for. */
export function groupsUsed({ texts }: Papers, beside: string): Set<string> {
  const folder = beside.includes('/') ? beside.slice(0, beside.lastIndexOf('/') + 1) : '';
  const found = new Set<string>();
  for (const [path, text] of texts) {
    if (!path.startsWith(folder) || !/(^|\/)([\w.-]*Dockerfile[\w.-]*|Containerfile|Procfile|render\.ya?ml|nixpacks\.toml|fly\.toml)$/i.test(path)) continue;
    for (const [, , names = ''] of text.matchAll(/(--extras?|--group|--with|-E)[= ]+["']?([\w,-]+)/g)) for (const name of names.split(',')) found.add(name);
    for (const [, names = ''] of text.matchAll(/\binstall\b[^\n]*?\.\[([\w,-]+)\]/g)) for (const name of names.split(',')) found.add(name);
  }
  for (const name of found) if (/^(dev\w*|tests?|docs?|lint|typing)$/i.test(name)) found.delete(name);
  return found;
}

/** A package of a table as Poetry and Pipenv write it; of several places the first. */
function fromTable(name: string, given: unknown): Requirement | null {
  const value = Array.isArray(given) ? given[0] : given;
  const table = recordOf(value);
  const said = typeof value === 'string' ? value : typeof table.version === 'string' ? table.version : '*';
  const known = readRequirement(name);
  if (known === null || typeof table.path === 'string') return null;
  const git = typeof table.git === 'string' ? `git+${table.git}${referenceOf(table)}` : null;
  const url = git ?? (typeof table.url === 'string' ? table.url : typeof table.file === 'string' ? table.file : null);
  const markers =
    typeof table.markers === 'string'
      ? table.markers
      : typeof table.python === 'string'
        ? pythonMarker(table.python)
        : typeof table.platform === 'string'
          ? `sys_platform == "${table.platform.replace(/\W/g, '')}"`
          : null;
  return { ...known, extras: textsOf(table.extras), versions: url === null ? standardRange(said) : '', url, marker: markers };
}

const referenceOf = (table: Record<string, unknown>): string => {
  const reference = table.rev ?? table.tag ?? table.branch ?? table.ref;
  return typeof reference === 'string' ? `@${reference}` : '';
};

const pythonMarker = (range: string): string | null => {
  const clauses = standardRange(range)
    .split(',')
    .map((one) => /^(>=|<=|<|>|==|!=)([\d.*]+)$/.exec(one));
  return clauses.every((one) => one !== null) ? clauses.map((one) => `python_version ${one?.[1]} "${one?.[2]?.split('.').slice(0, 2).join('.')}"`).join(' and ') : null;
};

/** Poetry's ^1.2 and ~1.2 as everybody writes them; what has no such form admits all. */
export function standardRange(range: string): string {
  if (range.includes('||') || range.trim() === '' || range.trim() === '*') return '';
  return range
    .split(',')
    .map((one) => one.trim().replace(/^([<>=!~^]+)\s+/, '$1'))
    .map((one) => {
      const [, sign, version = ''] = /^([\^~])(\d+(?:\.\d+)*)/.exec(one) ?? [];
      if (sign === undefined || /^~=/.test(one)) return /^\d[\w.+!-]*(\.\*)?$/.test(one) ? `==${one}` : one;
      const parts = version.split('.').map(Number);
      const first = parts.findIndex((part) => part > 0);
      const at = sign === '~' ? Math.min(1, parts.length - 1) : first < 0 ? parts.length - 1 : first;
      const upper = parts.slice(0, at + 1);
      upper[at] = (upper[at] ?? 0) + 1;
      return `>=${version},<${upper.join('.')}`;
    })
    .join(',');
}

/** The texts of install_requires in a setup.py, also by the name of a list in it; null where they are made by code. */
function setupPackages(text: string): string[] | null {
  const at = /\binstall_requires\s*=\s*(\[|\w+)/.exec(text);
  if (at === null) return /\bsetup\s*\(\s*\)/.test(text) ? null : /install_requires/.test(text) ? null : [];
  const [whole, what = ''] = at;
  if (what === '[') return listAt(text, at.index + whole.length);
  const named = new RegExp(`^\\s*${what}\\s*=\\s*\\[`, 'm').exec(text);
  return named === null ? null : listAt(text, named.index + named[0].length);
}

/** Texts up to the bracket that closes. */
function listAt(text: string, from: number): string[] | null {
  const end = /^(?:[^\]"'#]|"[^"\n]*"|'[^'\n]*'|#[^\n]*)*\]/.exec(text.slice(from, from + 20_000))?.[0];
  if (end === undefined) return null;
  return [...end.replace(/#[^\n]*/g, '').matchAll(/"([^"\n]*)"|'([^'\n]*)'/g)].map(([, one, other]) => one ?? other ?? '').filter((one) => one.trim() !== '');
}

function configPackages(text: string): string[] | null {
  const block = /^install_requires[ \t]*=[ \t]*([^\n]*(?:\n[ \t]+[^\n]*|\n[ \t]*(?=\n[ \t]))*)/m.exec(text)?.[1];
  if (block === undefined) return /^\[options\]/m.test(text) ? [] : null;
  if (/^\s*(file|attr):/.test(block)) return null;
  return block
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '');
}

/** Asked for twice, as in two groups, the first counts. */
function once(packages: Declared[]): Declared[] {
  const seen = new Set<string>();
  return packages.filter(({ name, marker }) => {
    const key = `${name} ${marker ?? ''}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
