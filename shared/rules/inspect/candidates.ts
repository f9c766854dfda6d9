import { type Candidate, depthOf, penalties, djangoItself } from './candidate.ts';
import type { Command } from './commands.ts';
import { evidenceAt, type Facts, farness } from './facts.ts';
import type { Made } from './frameworks.ts';
import { fromHint, hinted, ofDeclared, ofWsgiFiles } from './hinted.ts';
import { callable, folderOf, nameOf } from './project.ts';
import { reached } from './reach.ts';
import { moduleName, rootOf } from './roots.ts';
import { dotted, type Sheet } from './sheet.ts';

const nameScores: Record<string, number> = {
  wsgi: 25,
  asgi: 20,
  main: 20,
  app: 20,
  application: 18,
  server: 14,
  run: 12,
  api: 12,
  __init__: 12,
  index: 10,
  web: 10,
  webapp: 10,
  manage: 6,
  site: 4,
};

/** Web applications: objects that modules make at import, and functions that make one, each where it is imported from. */
export function webCandidates(facts: Facts, commands: readonly Command[]): Candidate[] {
  const found = new Map<string, Candidate>();
  const add = (candidate: Candidate | null): void => {
    if (candidate === null) return;
    const key = `${candidate.path} ${candidate.entrypoint}`;
    const known = found.get(key);
    if (known === undefined || known.score < candidate.score) found.set(key, candidate);
  };
  const named = [...facts.hints.filter(({ kind }) => kind === 'object'), ...commands.flatMap(ofDeclared), ...ofWsgiFiles(facts)];
  for (const hint of named) for (const sheet of hinted(facts, hint)) add(fromHint(facts, hint, sheet));
  for (const sheet of facts.project.sheets.values()) {
    if (farness(sheet.path) === 3) continue;
    for (const candidate of ofModule(facts, sheet)) add(candidate);
  }
  for (const one of found.values()) one.score += startedAs(facts, one.path) / 2;
  return withDjango(facts, [...found.values()]);
}

/** How surely the file is what a command starts as a script. */
const startedAs = (facts: Facts, path: string): number =>
  Math.max(
    0,
    ...facts.hints
      .filter(({ kind, target }) => kind === 'script' && (path === target || path.endsWith(`/${target}`) || path === `${target}/__main__.py`))
      .map(({ weight }) => weight),
  );

function ofModule(facts: Facts, sheet: Sheet): Candidate[] {
  const found: Candidate[] = [];
  const objects = [...sheet.assigned].flatMap(([name, { line, place }]) => {
    const made = place === 'main' ? null : (facts.project.madeByAssigned(name, sheet) ?? namedForServers(sheet, name));
    return made === null ? [] : [{ name, line, made, isFactory: false }];
  });
  const factories = [...sheet.functions.values()].flatMap((one) => {
    // Paste calls main(global_config, **settings); others are called without anything.
    const isPaste = one.name === 'main' && /^_?global/.test(one.parameters[0]?.name ?? '');
    if ((!isPaste && one.parameters.some(({ isOptional }) => !isOptional)) || one.isAsync || one.decorators.some((decorator) => /fixture/.test(JSON.stringify(decorator))))
      return [];
    const made = facts.project.madeByFunction(one, sheet);
    return made === null ? [] : [{ name: one.name, line: one.line, made, isFactory: true }];
  });
  const byHand = [...sheet.functions.values()].flatMap((one) => {
    const made = callable(one);
    return made === null ? [] : [{ name: one.name, line: one.line, made, isFactory: false }];
  });
  for (const { name, line, made, isFactory } of [...objects, ...takenForServers(facts, sheet), ...byHand, ...factories]) {
    // `server = app.server` is what a Dash app is served by.
    if (
      dashObject(sheet, name) &&
      objects.some((other) => other.name !== name && dotted(sheet.assigned.get(other.name)?.value ?? { kind: 'other', parts: [] }) === `${name}.server`)
    )
      continue;
    const candidate = candidateOf(facts, sheet, { name, line, made, isFactory });
    // Served from where it is made it would have no routes.
    if (candidate !== null && sheet.mainLine !== null && sheet.bindings.has(name) && !sheet.assigned.has(name)) candidate.score += 12;
    if (candidate !== null) found.push(candidate);
  }
  return found;
}

/** `application` of a module with the name of what serves it is an application, whatever makes it. */
function namedForServers({ path, assigned }: Sheet, name: string): Made | null {
  const served = /(^|[/_])(wsgi|asgi)(\.py$|\/)/.exec(path)?.[2];
  if ((served !== 'wsgi' && served !== 'asgi') || !/^(application|app)$/.test(name) || !/^(call|name|member)$/.test(assigned.get(name)?.value.kind ?? '')) return null;
  return { type: served, served };
}

/** What a module with the name of what serves it takes from another: `from shop import app`; and what one runs that brings its routes with it. */
function takenForServers(facts: Facts, sheet: Sheet): { name: string; line: number; made: Made; isFactory: boolean }[] {
  const isServer = /(^|[/_])[aw]sgi\.py$/.test(sheet.path);
  if (!isServer && sheet.mainLine === null) return [];
  return [...sheet.bindings].flatMap(([name, full]) => {
    if (!isServer && !(runsItself(sheet, name) && bringsRoutes(facts, sheet, name, full))) return [];
    const made = sheet.assigned.has(name) || !/^(application|app|server|api)$/.test(name) ? null : facts.project.made({ kind: 'name', name }, sheet);
    return made === null ? [] : [{ name, line: sheet.imports.find(({ module }) => module === full)?.line ?? 1, made, isFactory: false }];
  });
}

/** Whether a module hangs routes on an application which its own module does not know of, or imports others that do. */
function bringsRoutes(facts: Facts, sheet: Sheet, name: string, full: string): boolean {
  const found = facts.project.definition(full, sheet);
  if (!('sheet' in found) || found.sheet === sheet) return false;
  const known = new Set(reached(facts, found.sheet).map(({ path }) => path));
  return reached(facts, sheet).some((one) => !known.has(one.path) && [...one.bindings.keys()].some((local) => local === name && routesOf(one, local) > 0));
}

function candidateOf(facts: Facts, sheet: Sheet, { name, line, made, isFactory }: { name: string; line: number; made: Made; isFactory: boolean }): Candidate | null {
  const own = nameOf(sheet.path).replace(/\.py$/, '');
  // shop/wsgi/__init__.py is what shop/wsgi.py is.
  const folder = nameOf(folderOf(sheet.path));
  const base = own === '__init__' && /^[aw]sgi$/.test(folder) ? folder : own;
  const evidence = [evidenceAt(facts, sheet.path, line)];
  const score =
    50 +
    (nameScores[base] ?? 0) +
    (/^(app|application)$/.test(name) ? 10 : /^(server|api|create_app|make_app|get_app|wsgi_app|asgi_app)$/.test(name) ? 6 : 0) -
    4 * depthOf(sheet.path) -
    penalties[farness(sheet.path)] -
    (isFactory ? 12 : 0) -
    (made.isByHand === true ? 12 : 0) +
    Math.min(12, routesOf(sheet, name)) +
    (runsItself(sheet, name) ? 10 : 0) -
    (base === 'asgi' && made.type === 'django' ? (sheet.calls.some((one) => one.name.endsWith('ProtocolTypeRouter')) ? -15 : 12) : 0);
  if (made.served === 'own') {
    // Tornado and aiohttp serve themselves, by the script that starts them.
    const script = sheet.mainLine !== null || sheet.actsAt !== null;
    return { type: made.type, served: 'own', path: sheet.path, root: rootOf(facts, sheet), entrypoint: '', score: score + (script ? 10 : -20), confidence: 'likely', evidence };
  }
  const root = rootOf(facts, sheet);
  const module = moduleName(root, sheet.path);
  // Under a name that cannot be imported it serves itself, run as a script.
  if (module === null)
    return isFactory || !runsItself(sheet, name)
      ? null
      : { type: made.type, served: 'own', path: sheet.path, root: '.', entrypoint: '', score: score - 10, confidence: 'likely', evidence };
  const isDash = dashObject(sheet, name);
  return {
    type: made.type,
    served: made.served,
    path: sheet.path,
    root,
    entrypoint: `${module}:${name}${isFactory ? '()' : isDash ? '.server' : ''}`,
    score,
    confidence: 'likely',
    evidence,
  };
}

/** A Dash object holds the application that is served. */
const dashObject = (sheet: Sheet, name: string): boolean => {
  const value = sheet.assigned.get(name)?.value;
  return value?.kind === 'call' && sheet.calls.some(({ call, name: full }) => call === value && /^(dash\.Dash|dash_extensions\.enrich\.DashProxy)$/.test(full));
};

/** How many routes hang on it, in this module. */
const routesOf = (sheet: Sheet, name: string): number =>
  sheet.calls.filter(
    ({ call }) =>
      call.callee.kind === 'member' &&
      call.callee.of.kind === 'name' &&
      call.callee.of.name === name &&
      /^(route|get|post|put|delete|patch|websocket|include_router|register_blueprint|mount|add_url_rule|add_api_route|add_route|callback|add_middleware|init_app)$/.test(
        call.callee.name,
      ),
  ).length;

const runsItself = (sheet: Sheet, name: string): boolean =>
  sheet.calls.some(
    ({ name: full, call }) =>
      (call.callee.kind === 'member' && call.callee.name === 'run' && call.callee.of.kind === 'name' && call.callee.of.name === name) ||
      (/^uvicorn\.run$|^hypercorn|serve$/.test(full) && call.args[0]?.kind === 'name' && call.args[0].name === name),
  );

/** Settings of tests or of an example: the project is a reusable app with a manage.py to try it. */
const isForTests = (text: string): boolean => farness(`${/DJANGO_SETTINGS_MODULE["'\],\s=]+([\w.]+)/.exec(text)?.[1]?.replaceAll('.', '/')}.py`) >= 2;

/** A Django project without a wsgi module can still be served. */
function withDjango(facts: Facts, found: Candidate[]): Candidate[] {
  const managed = [...facts.project.sheets.values()].filter(
    ({ path, text }) => nameOf(path) === 'manage.py' && farness(path) < 2 && text.includes('DJANGO_SETTINGS_MODULE') && !isForTests(text),
  );
  for (const sheet of managed) {
    const folder = folderOf(sheet.path);
    const inside = found.filter((one) => one.type === 'django' && (one.root === folder || folder === '.'));
    for (const one of inside) one.score += 25;
    const line = sheet.text.slice(0, sheet.text.indexOf('DJANGO_SETTINGS_MODULE')).split('\n').length;
    const evidence = [evidenceAt(facts, sheet.path, line)];
    if (inside.length === 0) {
      found.push({
        type: 'django',
        served: 'wsgi',
        path: sheet.path,
        root: folder,
        entrypoint: djangoItself,
        score: 70 - 4 * depthOf(sheet.path),
        confidence: 'likely',
        evidence,
      });
    } else for (const one of inside) one.evidence.push(...evidence);
  }
  return found;
}
