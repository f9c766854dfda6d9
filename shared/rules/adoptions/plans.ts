import { sizeText } from '../size.ts';
import type { Run } from './command-line.ts';
import type { InspectedUnit, RunningUnit } from './facts.ts';
import type { LedBy, SiteEdit } from './sites.ts';

/** What would be done, in sentences, before anything is. */
export interface AdoptionPlan {
  effects: string[];
  warnings: string[];
  /** Why it is not done. */
  obstacles: string[];
  /** What changes in files that are there, as unified diffs. */
  files: { path: string; kind: 'new' | 'changed' | 'removed'; diff: string }[];
}

/** What apps.yml says of an app that was taken over: enough for its move, and whose site it has. */
export function takenSettings(app: string, unit: RunningUnit, run: Run | string, site: LedBy | null, url: string | null): Record<string, unknown> {
  const how =
    typeof run === 'string'
      ? {}
      : run.type === 'command'
        ? { type: 'command', command: run.command }
        : { type: run.type, entry_point: run.entryPoint, ...(run.workers !== undefined && { workers: run.workers }) };
  const memory = unit.memoryMax === null || unit.memoryMax < 32 * mebi ? {} : { memory: `${Math.floor(unit.memoryMax / mebi)}M` };
  const [domain] = site?.domains ?? [];
  const domains = domain === undefined ? {} : site?.domains.length === 1 ? { domain } : { domains: site?.domains };
  const [file] = site?.files ?? [];
  return { slug: app, name: app, ...how, ...memory, ...domains, ...(file !== undefined && { kept_site: { file, ...(url !== null && { url }) } }) };
}

const mebi = 1024 * 1024;

export function takePlan(app: string, host: string, unit: RunningUnit, later: readonly string[]): AdoptionPlan {
  return {
    effects: [
      `${unit.unit} runs on as it is, process ${unit.pid}: nothing is stopped, and none of its files is changed.`,
      `Its unit and its site are copied to /var/lib/forgeboard/adopted/${app}.`,
      `${app} appears among the apps of ${host}, with its log and its figures.`,
      'To undo it: give it back.',
    ],
    warnings: later.length > 0 ? ['It cannot move to slots as it is:', ...later] : [],
    obstacles: [],
    files: [],
  };
}

/** Why an app that was looked at closely cannot move. */
export function obstacles({ folder, packages, variables, unit }: InspectedUnit, run: Run | string, frozen: boolean): string[] {
  const entry = typeof run === 'string' ? '' : run.entryPoint;
  return [
    ...(folder.module ? [] : [`The module of ${entry} is not in ${folder.path}: say which folder its code is in with --folder.`]),
    ...(folder.written.length > 0
      ? [
          `It writes into its own folder: ${listed(folder.written)}. A release is read-only, and what it writes while it moves would be lost. Have it write to another place that a variable names, or to a database, and start it anew.`,
        ]
      : []),
    ...(variables.pointing.length > 0
      ? [`${listed(variables.pointing)} ${variables.pointing.length === 1 ? 'names' : 'name'} a path in ${folder.path}, where a slot may not write.`]
      : []),
    ...(variables.refused.length > 0 ? [`Variables of its unit cannot be kept: ${listed(variables.refused)}.`] : []),
    ...(variables.elsewhere ? ['PYTHONPATH leads out of its folder, to code that would not travel.'] : []),
    ...(frozen && packages === null ? [`${unit.words[0]} lies in no virtual environment, so its packages are not known: put a requirements.txt into ${folder.path}.`] : []),
    ...(frozen && packages?.system ? [`Its virtual environment sees the system's packages too: put a requirements.txt into ${folder.path}.`] : []),
    ...(frozen && packages !== null && packages.local.length > 0
      ? [`Packages that were installed from a folder or an address: ${listed(packages.local)}. Put a requirements.txt into ${folder.path}.`]
      : []),
  ];
}

export function movePlan(
  app: string,
  found: InspectedUnit,
  edits: readonly SiteEdit[],
  frozen: boolean,
  python: string | null,
): Pick<AdoptionPlan, 'effects' | 'warnings' | 'files'> {
  const { unit, folder, packages, variables, links, groups } = found;
  return {
    effects: [
      `A release is made of ${folder.path}: ${folder.files === 1 ? 'one file' : `${folder.files} files`}, ${sizeText(folder.bytes)}.`,
      frozen
        ? `Its packages are installed anew as they are in ${packages?.path}: ${packages?.count} of them, each at its version.`
        : `Its packages are installed from its ${folder.requirements[0]}.`,
      ...(variables.names.length > 0
        ? [`${variables.names.length} variables of its unit become the app's, as secrets; no value leaves the server: ${listed(variables.names)}`]
        : []),
      `It starts in a slot as the user fb-${app}, beside ${unit.unit}. Once it has answered, nginx leads to it${edits.length > 0 ? ` (${edits.length === 1 ? 'one file' : `${edits.length} files`}, below)` : ''}: no request fails. Its certificate stays where it is.`,
      `Then ${unit.unit} answers what it has begun, is stopped${links.length > 0 ? ', and is not started at boot any more' : ''}. Its file, ${folder.path} and ${packages?.path ?? 'its packages'} stay as they are.`,
      'Until the slot has answered, every failure leaves all as it is. To undo it later: give it back.',
    ],
    warnings: [
      ...(unit.user === 'root' ? [] : [`What only ${unit.user} may read or connect to (files elsewhere, a database by the user's name) is not open to fb-${app}.`]),
      ...(groups.length > 0 ? [`${unit.user} is in the groups ${groups.join(', ')}; fb-${app} is not.`] : []),
      ...(folder.dotenv ? ['Its .env goes into this release. Set what it says as variables before you deploy from elsewhere.'] : []),
      ...folder.leftOut.slice(0, 10).map(({ path, why }) => `Not in the release: ${path} (${why})`),
      ...(python === null ? [] : [`It runs with Python ${python} as before; newer ones are on the server.`]),
    ],
    files: edits.map(({ path, changes }) => ({
      path,
      kind: 'changed' as const,
      diff: changes.map(({ line, directive, before, text }) => `@@ -${line} +${line} @@\n-${directive} ${before}\n+${directive} ${text}\n`).join(''),
    })),
  };
}

export interface Originals {
  unit: string;
  phase: string;
  files: { path: string; kind: string; state: string }[];
}

export function returnPlan(app: string, { unit, phase, files }: Originals): AdoptionPlan {
  if (phase === 'taken')
    return {
      effects: [`${app} leaves the list; ${unit} runs on as it is, and no file of it was ever changed.`, `Its copies in /var/lib/forgeboard/adopted/${app} go.`],
      warnings: [],
      obstacles: [],
      files: [],
    };
  const back = files.filter(({ state }) => state !== 'same' && state !== 'changed').map(({ path }) => path);
  const changed = files.filter(({ state, kind }) => state === 'changed' && kind === 'file').map(({ path }) => path);
  return {
    effects: [
      `${unit} is started with the code that it had: what was deployed since is not in it.`,
      `Once it answers, nginx leads to it again: no request fails. These are put back byte for byte: ${listed(back)}`,
      `Then the slots of ${app}, its user and its folders go. Its data, variables and live release are kept in an archive for 30 days.`,
      'Until its unit has answered, every failure leaves all as it is.',
    ],
    warnings: changed.map((path) => `${path} was changed since it was taken over: ${'only what ForgeBoard wrote in it goes, the rest stays as it is.'}`),
    obstacles: [],
    files: [],
  };
}

const shown = 8;
const listed = (names: readonly string[]) => `${names.slice(0, shown).join(', ')}${names.length > shown ? ` and ${names.length - shown} more` : ''}`;
