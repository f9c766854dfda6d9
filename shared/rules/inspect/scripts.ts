import { type Candidate, depthOf, penalties } from './candidate.ts';
import { type Command, isProgram } from './commands.ts';
import { evidenceAt, type Facts, farness } from './facts.ts';
import { botModules } from './frameworks.ts';
import type { Hint } from './hints.ts';
import { folderOf, joined, nameOf, upwards, within } from './project.ts';
import { importedModules, reached, runs } from './reach.ts';
import { isMarked } from './roots.ts';
import type { Sheet } from './sheet.ts';
import { type Waiting, waitingOf } from './waits.ts';

const baseOf = (path: string): string => nameOf(path).replace(/\.py$/, '');

/** A script, with what it does for as long as it runs. */
export interface Script extends Candidate {
  waiting: Waiting | null;
  /** Where a command that is declared starts something that is deployed, its name. */
  command: string | null;
}

/** No programs: what other tools read or start. */
const tooling =
  /^(setup|manage|conf|noxfile|fabfile|tasks|dodo|locustfile|gunicorn\w*|settings|config|conftest|pelicanconf|publishconf|wscript|SConstruct|__init__|hubconf|versioneer)\.py$/;

/** A config.py that makes a bot and runs it: nothing else in the folder does. */
const isBotByAnotherName = (facts: Facts, sheet: Sheet): boolean =>
  /^(config|settings|tasks)\.py$/.test(nameOf(sheet.path)) &&
  sheet.imports.some(({ module }) => botModules.test(module)) &&
  sheet.calls.some(
    ({ place, within: inside, call }) =>
      place !== 'function' && inside === null && call.callee.kind === 'member' && /^(run|run_polling|infinity_polling|polling|run_until_disconnected)$/.test(call.callee.name),
  ) &&
  !importedModules(facts).has(sheet.path);

/** Programs that are run as a script: bots and workers, and scripts that end by themselves. */
export function plainScripts(facts: Facts, commands: readonly Command[]): Script[] {
  const imported = importedModules(facts);
  const own = facts.name.toLowerCase().replace(/[^a-z0-9]+/g, '_');
  const found = [...facts.project.sheets.values()].flatMap((sheet): Script[] => {
    const hint = hintFor(facts, sheet, 'script');
    const far = farness(sheet.path);
    if (far === 3 || (far === 2 && hint === null) || (hint === null && tooling.test(nameOf(sheet.path)) && !isBotByAnotherName(facts, sheet))) return [];
    const isMain = sheet.mainLine !== null || baseOf(sheet.path) === '__main__' || isProgram(sheet.path);
    // What a part of a package does at import, it does for those who import it.
    const acts = sheet.actsAt !== null && !facts.project.has(joined(folderOf(sheet.path), '__init__.py'));
    if (!isMain && !acts && hint === null) return [];
    const score =
      20 +
      nameScore(baseOf(sheet.path).toLowerCase(), own) +
      (isMain ? 12 : 4) +
      (hint === null ? 0 : hint.weight) -
      4 * depthOf(sheet.path) -
      penalties[far] -
      (imported.has(sheet.path) ? (isMain ? 12 : 40) : 0);
    return [{ ...scriptOf(facts, sheet, { type: 'script', score, line: sheet.mainLine ?? sheet.actsAt ?? 1, hint }), waiting: null, command: null }];
  });
  // What each does is followed through its imports, which of hundreds would take long: those that may be the answer.
  const likely = found.sort((one, other) => other.score - one.score).slice(0, mostFollowed);
  for (const script of likely) follow(facts, script);
  return [...found, ...commands.flatMap((command) => ofCommand(facts, command) ?? [])];
}

const mostFollowed = 60;

/** Finds what a script does for as long as it runs, and how much of the folder it uses. */
function follow(facts: Facts, script: Script): void {
  const sheet = facts.project.sheets.get(script.path);
  if (sheet === undefined) return;
  const waiting = waitingOf(facts, sheet);
  script.score += Math.min(10, 2 * (reached(facts, sheet).length - 1));
  if (waiting === null) return;
  script.waiting = waiting;
  if (waiting.kind === 'worker') {
    script.type = 'worker';
    script.score += 12;
  }
  const found = evidenceAt(facts, waiting.sheet.path, waiting.line);
  if (waiting.sheet === sheet) script.evidence[script.evidence.length - 1] = found;
  else script.evidence.push(found);
}

const nameScore = (base: string, own: string): number =>
  /^(main|bot|__main__)$/.test(base)
    ? 24
    : /^(app|run|start|launch\w*|worker|server|daemon|run_bot|runner|discord_?bot|telegram_?bot|\w*_bot|bot_\w*|index|cli)$/.test(base) ||
        base === own ||
        base === own.replaceAll('_', '')
      ? 18
      : 0;

/** A program that a declared command starts, where something that is deployed starts that command. */
function ofCommand(facts: Facts, { name, kind, target, file, started }: Command): Script | null {
  if (kind === 'wsgi' || started === null) return null;
  const [module = '', called = ''] = kind === 'file' ? [] : target.split(':');
  const path = kind === 'file' ? target : facts.project.module(module, file)?.path;
  const sheet = path === undefined ? undefined : facts.project.sheets.get(path);
  if (sheet === undefined || farness(sheet.path) === 3) return null;
  const waiting = waitingOf(facts, sheet, kind === 'file' ? null : called);
  // A unit without a timer runs on and on.
  const isUnit =
    /\.service(\.\w+)?$/.test(started.file) &&
    !facts.paths.includes(started.file.replace(/\.service(?=(\.\w+)?$)/, '.timer')) &&
    !/oneshot/.test(facts.texts.get(started.file) ?? '');
  const type = waiting?.kind === 'worker' || (isUnit && waiting === null) ? 'worker' : 'script';
  const root = kind === 'file' ? '.' : rootOf(module, sheet.path);
  const score =
    50 +
    started.weight -
    2 * depthOf(started.file) -
    penalties[farness(started.file.replace(/^contrib\/(?=.*\.service(\.\w+)?$)/, ''))] -
    (/^(clean|test|init|migrat)|[-_](clean|test|init|migrate|config|ctl|manage)$/.test(name) ? 20 : 0);
  const line = waiting?.sheet === sheet ? waiting.line : (sheet.functions.get(called)?.line ?? 1);
  const evidence = [{ file: started.file, line: started.line, text: started.text }, evidenceAt(facts, sheet.path, line)];
  if (waiting !== null && waiting.sheet !== sheet) evidence.push(evidenceAt(facts, waiting.sheet.path, waiting.line));
  const entrypoint = kind === 'file' ? sheet.path : (runnable(facts, sheet, called, root) ?? `${module}:${called}`);
  return { type, served: 'script', path: sheet.path, root, entrypoint, score, confidence: 'certain', evidence, waiting, command: name };
}

/** The folder that a module of that name is imported from. */
function rootOf(module: string, path: string): string {
  const tail = module.replaceAll('.', '/');
  const own = path.replace(/(\/__init__)?\.py$/, '');
  return own === tail ? '.' : own.slice(0, -(tail.length + 1)) || '.';
}

/** The script that does the same as a command: the module itself, or the __main__ of its package. */
function runnable(facts: Facts, sheet: Sheet, called: string, root: string): string | null {
  const main = facts.project.sheets.get(joined(folderOf(sheet.path), '__main__.py'));
  const own = [sheet, ...(main === undefined || main === sheet ? [] : [main])].find(
    (one) => (one.mainLine !== null || one === main) && runs(facts, one).some((unit) => unit.sheet === sheet && unit.name === called),
  );
  return own === undefined ? null : within(root, own.path);
}

export function scriptOf(facts: Facts, sheet: Sheet, { type, score, line, hint }: { type: Candidate['type']; score: number; line: number; hint: Hint | null }): Candidate {
  // A script is run where its project lies; what it imports lies beside it, whatever that is.
  const folder = folderOf(sheet.path);
  const root = hint === null ? (upwards(folder).find((one) => isMarked(facts, one)) ?? '.') : rootFor(hint, sheet);
  const evidence = [...(hint === null ? [] : [{ file: hint.file, line: hint.line, text: hint.text }]), evidenceAt(facts, sheet.path, line)];
  return { type, served: 'script', path: sheet.path, root, entrypoint: within(root, sheet.path) ?? sheet.path, score, confidence: hint === null ? 'likely' : 'certain', evidence };
}

/** The folder from which a command names its script. */
function rootFor(hint: Hint, sheet: Sheet): string {
  const tail = hint.target;
  const path = [sheet.path, sheet.path.replace(/(\/__main__|\/__init__)?\.py$/, '')].find((one) => one === tail || one.endsWith(`/${tail}`));
  if (path === undefined || path === tail) return '.';
  return path.slice(0, -(tail.length + 1));
}

export function hintFor(facts: Facts, sheet: Sheet, kind: Hint['kind']): Hint | null {
  const fits = facts.hints.filter((hint) => hint.kind === kind && hint.target !== '' && matches(hint, sheet.path, isExact(facts, hint)));
  return fits.sort((one, other) => other.weight - one.weight)[0] ?? null;
}

/** Whether a file lies where a command names it, seen from the folder of the command: bot.py there is not another bot.py further down. */
const isExact = (facts: Facts, { target, folder }: Hint): boolean => [target, `${target}.py`, `${target}/__main__.py`].some((name) => facts.project.has(joined(folder, name)));

function matches({ target, folder }: Hint, path: string, isExact: boolean): boolean {
  const inside = within(folder, path);
  const names = [target, `${target}.py`, `${target}/__main__.py`];
  if (isExact) return names.some((name) => inside === name);
  return (
    names.some((name) => inside === name || path === name || (name.includes('/') && path.endsWith(`/${name}`))) ||
    (folder === '.' && names.some((name) => path.endsWith(`/${name}`)))
  );
}
