import { Failure } from '../errors.ts';
import { type AppSettings, appSettings, type AppType, bytesOf, typeOf } from './app-settings.ts';
import { commandWords, unitWords } from './command.ts';
import { domainsOf } from './domains.ts';
import { usualKeep } from './keep.ts';
import { shown } from './names.ts';
import type { RegistryEntry } from './registry.ts';
import type { AppSpec } from './spec.ts';

/** What the deployed folder says: settings by detection, Procfile and forgeboard.yml, and its requirement files. */
export interface Found {
  settings: AppSettings;
  requirements: string[];
}

/** Settings of an entry or a forgeboard.yml, where a key that is not ours is a mistake. @throws Failure config-invalid, naming the key and its rule */
export function readSettings(given: Record<string, unknown>, where: string, others: 'kept' | 'refused' = 'kept'): AppSettings {
  const unknown = others === 'refused' ? Object.keys(given).find((name) => !(name in appSettings.shape)) : undefined;
  if (unknown !== undefined) {
    throw new Failure('config-invalid', `${where}: ${shown(unknown)} is not a setting`, {
      field: shown(unknown),
      hint: `Settings are ${Object.keys(appSettings.shape).join(', ')}.`,
    });
  }
  // The original ForgeBoard wrote "entry_point: null" and the like for what is not said.
  const said = Object.fromEntries(Object.entries(given).filter(([name, value]) => name in appSettings.shape && value !== null && value !== ''));
  const parsed = appSettings.safeParse(said);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.') ?? '';
  throw new Failure('config-invalid', `${where}: ${field}: ${issue?.message}`, { field, hint: 'Mend that key; nothing was changed.' });
}

/**
 * What a host should run: the entry of apps.yml, and where it says nothing what the folder says of itself. Pure, so that
 * a plan can be shown before anything is done. @throws Failure config-invalid
 */
export function wantedSpec(app: string, entry: RegistryEntry, found: Found, port: number): AppSpec {
  const settings = { ...found.settings, ...readSettings(entry, `${app} in apps.yml`) };
  const type = kindOf(app, settings);
  return {
    format: 1,
    app,
    type,
    root: settings.root ?? '.',
    entrypoint: type === 'wsgi' || type === 'asgi' ? required(app, settings.entry_point, 'entry_point', 'where the app is, as module:object') : '',
    command: type === 'command' ? required(app, settings.command, 'command', 'the command that listens on $PORT') : '',
    folder: type === 'static' ? (settings.folder ?? '.') : '.',
    processes: Object.entries(settings.processes ?? {}).map(([name, command]) => ({ name, command })),
    schedules: Object.entries(settings.schedules ?? {}).map(([name, { at, command }]) => ({ name, command, at })),
    build: hooks(settings.build),
    before: hooks(settings.before),
    after: hooks(settings.after),
    port: entry.port ?? port,
    domains: domainsOf(entry, `${app} in apps.yml`),
    keptSite: keptSite(entry),
    workers: settings.workers ?? (type === 'asgi' ? 1 : 2),
    python: settings.python === undefined ? null : `/usr/bin/python${settings.python}`,
    dependencies: { files: found.requirements },
    packages: settings.packages ?? [],
    server: type === 'wsgi' ? ['gunicorn'] : type === 'asgi' ? ['uvicorn'] : [],
    health: { path: settings.health_path ?? '/' },
    limits: {
      memory: settings.memory === undefined ? null : bytesOf(settings.memory),
      cpu: settings.cpu === undefined ? null : Number.parseInt(settings.cpu, 10),
      tasks: settings.tasks ?? null,
    },
    persist: settings.persist ?? [],
    checkSeconds: settings.check_seconds ?? 30,
    watchSeconds: settings.watch_seconds ?? 10,
    drainSeconds: settings.drain_seconds ?? 30,
    warm: settings.warm ?? true,
    keepReleases: settings.keep_releases ?? usualKeep,
    found: { ...found.settings },
  };
}

/** What an adoption wrote: anything else under that name is somebody's own. */
export function keptSite({ kept_site: said }: RegistryEntry): AppSpec['keptSite'] {
  const { file, url } = (typeof said === 'object' && said !== null ? said : {}) as { file?: unknown; url?: unknown };
  return typeof file === 'string' && file.startsWith('/etc/nginx/') ? { file, url: typeof url === 'string' ? url : null } : null;
}

const hooks = (commands: readonly string[] = []): string[][] => commands.map((command) => unitWords(commandWords(command)));

/** What a spec's folder said of itself when it was deployed. */
export const foundIn = (spec: AppSpec): Found => ({ settings: readSettings(spec.found, `${spec.app}'s folder`), requirements: spec.dependencies.files });

function kindOf(app: string, settings: AppSettings): AppType {
  const stated = settings.type === undefined ? undefined : typeOf(settings.type);
  const kind = stated ?? (settings.command !== undefined ? 'command' : settings.entry_point !== undefined ? 'wsgi' : settings.folder !== undefined ? 'static' : 'worker');
  if (kind === 'worker' && Object.keys(settings.processes ?? {}).length + Object.keys(settings.schedules ?? {}).length === 0) {
    throw new Failure('config-invalid', `${app} has nothing to run: no entry_point, command or folder, and no processes or schedules`, { field: 'type' });
  }
  return kind;
}

function required(app: string, value: string | undefined, field: string, what: string): string {
  if (value === undefined) throw new Failure('config-invalid', `${app}: ${field} is missing: ${what}`, { field });
  return value;
}
