import { type Candidate, depthOf, penalties } from './candidate.ts';
import type { Command } from './commands.ts';
import { evidenceAt, type Facts, farness } from './facts.ts';
import type { Hint } from './hints.ts';
import { folderOf, joined, upwards } from './project.ts';
import { moduleName, rootOf } from './roots.ts';
import { meaning, type Sheet } from './sheet.ts';

/** What a package declares for WSGI servers. */
export const ofDeclared = ({ kind, target, file }: Command): Hint[] =>
  kind === 'wsgi' ? [{ kind: 'object', target, isFactory: true, served: 'wsgi', folder: folderOf(file), weight: 85, file, line: null, text: target }] : [];

/** What the file for a web server's own WSGI module takes from the project: `from shop import app as application`. */
export function ofWsgiFiles(facts: Facts): Hint[] {
  return [...facts.project.sheets.values()].flatMap((sheet): Hint[] => {
    if (!sheet.path.endsWith('.wsgi') || farness(sheet.path) > 1) return [];
    const assigned = sheet.assigned.get('application');
    const value = assigned?.value;
    const full = value === undefined ? (sheet.bindings.get('application') ?? '') : meaning(value.kind === 'call' ? value.callee : value, sheet.bindings);
    const at = full.lastIndexOf('.');
    const line = assigned?.line ?? sheet.imports.find(({ module }) => module === full)?.line ?? 1;
    const { text } = evidenceAt(facts, sheet.path, line);
    if (at < 0) return [];
    const target = `${full.slice(0, at)}:${full.slice(at + 1)}`;
    return [{ kind: 'object', target, isFactory: value?.kind === 'call', served: 'wsgi', folder: '.', weight: 80, file: sheet.path, line, text }];
  });
}

/** The modules that a hint may mean: under the folder of its file first, else any whose path ends like it. */
export function hinted(facts: Facts, hint: Hint): Sheet[] {
  const [module = ''] = hint.target.split(':');
  const ends = [`${module.replaceAll('.', '/')}.py`, `${module.replaceAll('.', '/')}/__init__.py`];
  const all = [...facts.project.sheets.values()].filter(({ path }) => farness(path) < 3 && ends.some((end) => path === end || path.endsWith(`/${end}`)));
  const under = all.filter(({ path }) => ends.some((end) => path === joined(hint.folder, end)));
  return under.length > 0 ? under : all;
}

/** The application that a hint names in a module; null where there is none. */
export function fromHint(facts: Facts, hint: Hint, sheet: Sheet): Candidate | null {
  const [named = '', object = ''] = hint.target.split(':');
  const own = sheet.path.endsWith('/__init__.py') || sheet.path === '__init__.py' ? folderOf(sheet.path) : sheet.path.replace(/\.py$/, '');
  const tail = named.replaceAll('.', '/');
  const said = own === tail ? '.' : own.slice(0, -(tail.length + 1));
  const needed = rootOf(facts, sheet);
  // From the folder of the file that says so its imports may not be found: those of a package are not below it.
  const above = said !== needed && upwards(said).includes(needed) && needsAbove(facts, sheet, said) ? moduleName(needed, sheet.path) : null;
  const [root, module] = above === null ? [said, named] : [needed, above];
  const names = object === '' ? ['app', 'application', 'create_app', 'make_app', ...sheet.assigned.keys()] : [object];
  for (const name of names) {
    const value = { kind: 'name', name } as const;
    const [first = ''] = name.split('.');
    const factory = sheet.functions.get(name);
    const made = factory !== undefined ? facts.project.madeByFunction(factory, sheet) : facts.project.made(value, sheet);
    const isThere = sheet.assigned.has(first) || sheet.bindings.has(first) || factory !== undefined;
    if (made === null && (object === '' || !isThere)) continue;
    const type = made?.type ?? (hint.served === 'asgi' ? 'asgi' : 'wsgi');
    const called = (factory !== undefined && object === '') || hint.isFactory ? '()' : '';
    const line = sheet.assigned.get(first)?.line ?? factory?.line ?? null;
    return {
      type,
      served: hint.served ?? made?.served ?? 'wsgi',
      path: sheet.path,
      root: root === '' ? '.' : root,
      entrypoint: `${module}:${name}${called}`,
      // A README shows its examples, what deploys the app does not.
      score:
        60 +
        hint.weight -
        penalties[farness(hint.file)] -
        penalties[farness(sheet.path)] / (hint.weight <= 45 ? 1 : 2) -
        2 * depthOf(hint.file) -
        (/admin|intern|private|docs|debug|mock/i.test(hint.target) ? 5 : 0) +
        // Two commands may name it from two folders: the one that its imports need is right.
        (needed === (root === '' ? '.' : root) ? 3 : 0),
      confidence: 'certain',
      evidence: [{ file: hint.file, line: hint.line, text: hint.text }, ...(line === null ? [] : [evidenceAt(facts, sheet.path, line)])],
    };
  }
  return null;
}

/** Servers that are started by name in the code: uvicorn.run("shop.main:app"). */
export function startedByName(facts: Facts): Hint[] {
  return [...facts.project.sheets.values()].flatMap((sheet) =>
    sheet.calls.flatMap(({ name, call }): Hint[] => {
      const [first] = call.args;
      const target = first?.kind === 'text' ? first.text : null;
      if (!/^(uvicorn\.run|uvicorn\.Config|granian\.Granian)$/.test(name) || target === null || !/^[\w.]+:[\w.]+$/.test(target)) return [];
      const isFactory = call.keywords.some((one) => one.name === 'factory' && one.value.kind === 'constant' && one.value.text === 'True');
      const { line } = call;
      return [
        { kind: 'object', target, isFactory, served: 'asgi', folder: folderOf(sheet.path), weight: 55, file: sheet.path, line, text: evidenceAt(facts, sheet.path, line).text },
      ];
    }),
  );
}

/** Whether a module cannot be imported from a folder: it leaves its package by dots, or names a module that is only found above. */
const needsAbove = (facts: Facts, sheet: Sheet, root: string): boolean =>
  sheet.imports.some(
    ({ module, isOptional }) =>
      !isOptional &&
      (module.startsWith('.')
        ? folderOf(sheet.path) === root
        : facts.project.module(module, sheet.path) !== null &&
          !facts.project.resolvesFrom(root, module) &&
          upwards(root).some((folder) => folder !== root && facts.project.resolvesFrom(folder, module))),
  );
