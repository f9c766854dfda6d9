import { createHash } from 'node:crypto';
import { Failure } from '../../shared/errors.ts';
import { bytesOf } from '../../shared/rules/app-settings.ts';
import { domainsOf } from '../../shared/rules/domains.ts';
import { type Plan, planOf, sameSpec, settingChanges } from '../../shared/rules/plan.ts';
import { entryText, readRegistry, type RegistryEntry } from '../../shared/rules/registry.ts';
import { withSettings } from '../../shared/rules/registry/settings.ts';
import { sitePath } from '../../shared/rules/site.ts';
import { type AppSpec, appSpec, type HostFile } from '../../shared/rules/spec.ts';
import { foundIn, keptSite, readSettings, wantedSpec } from '../../shared/rules/wanted.ts';
import type { Answer } from '../hostkit/actions.ts';
import type { Kit } from '../hostkit/hostkit.ts';
import { filesOf } from '../../shared/rules/host-files.ts';

export interface PlanRequest {
  app: string;
  /** Name of its host, for words. */
  host: string;
  /** What is changed in the app's entry, by what stands there now; null takes a key out. */
  change: (entry: RegistryEntry) => Record<string, unknown>;
}

/** A plan with all that carries it out, and no second look at the host. */
export interface MadePlan extends Plan {
  digest: string;
  /** What the app will be; null where it was never set up, and apps.yml alone changes. */
  spec: AppSpec | null;
  rendered: HostFile[];
  registry: { text: string; digest: string };
  /** The app's entry in apps.yml as it will be. */
  entry: string;
  /** Digest of what the host has of the app now. */
  state: string;
}

/**
 * What an app's entry in apps.yml, with these changes made to it, would change on its host.
 * @throws Failure not-found where apps.yml has no entry of it; config-invalid and invalid in the words of the rule that is
 * broken; conflict where a domain is somebody else's
 */
export async function madePlan(kit: Kit, { app, host, change }: PlanRequest, signal?: AbortSignal): Promise<MadePlan> {
  const [registry, now] = await Promise.all([kit.call('registry.read', {}, { signal }), kit.call('configuration.read', { app, names: true }, { signal })]);
  const entries = readRegistry(registry.text);
  const before = entries.find(({ slug }) => slug === app);
  if (before === undefined) {
    throw new Failure('not-found', `apps.yml on ${host} has no entry of ${app}`, {
      field: 'app',
      hint: now.applied === null ? 'Deploy it first.' : 'It runs on as it was applied. Write its entry again, or deploy it.',
    });
  }
  const changes = change(before);
  const text = Object.keys(changes).length === 0 ? registry.text : withSettings(registry.text, app, changes);
  const after = readRegistry(text).find(({ slug }) => slug === app) as RegistryEntry;
  const applied = now.applied === null ? null : { spec: appSpec.parse(now.applied.spec), files: now.applied.files };
  const common = { registry: { text, digest: registry.digest }, entry: entryText(text, app) ?? '', state: now.state };
  // Not over warnings: they tell of memory that is used at the moment.
  const sealed = (spec: AppSpec | null, files: readonly HostFile[]) => digestOf([entryText(registry.text, app), now.state, changes, spec, files]);

  if (applied === null) {
    readSettings(after, `${app} in apps.yml`);
    // The site that was kept when it was taken over has its names.
    if (keptSite(after) === null) requireFree(app, domainsOf(after, `${app} in apps.yml`), entries, now.names);
    const plan = unsettled(app, before, after, registry.text, text);
    return { ...plan, ...common, spec: null, rendered: [], digest: sealed(null, []) };
  }
  const spec = wantedSpec(app, after, foundIn(applied.spec), applied.spec.port);
  if (spec.keptSite !== null && spec.domains.join() !== applied.spec.domains.join()) {
    throw new Failure('invalid', `The names of ${app} stand in its own site, ${spec.keptSite.file}, which was kept when it was taken over`, {
      field: 'domain',
      hint: 'Change them there, or give the app back and deploy it anew.',
    });
  }
  requireFree(
    app,
    spec.domains.filter((name) => !applied.spec.domains.includes(name)),
    entries,
    now.names,
  );
  requireRoom(host, spec, now);
  const rendered = filesOf(spec);
  const found = new Map(now.files.map(({ path, text: content }) => [path, content]));
  const plan = planOf({
    app,
    host,
    applied,
    found,
    serves: now.serves,
    wanted: spec,
    files: rendered,
    registry: { before: registry.text, after: text },
    memory: now.memory,
    clock: now.clock,
  });
  return { ...plan, ...common, spec, rendered, digest: sealed(spec, rendered) };
}

/** How much in apps.yml is not applied; problem: why it cannot be. Never throws: whoever lists apps wants the others. */
export function pendingOf(registry: string, app: string, given: unknown): { changes: number; problem: string | null } {
  const applied = appSpec.safeParse(given);
  if (!applied.success) return { changes: 0, problem: null };
  try {
    const entry = readRegistry(registry).find(({ slug }) => slug === app);
    if (entry === undefined) return { changes: 0, problem: null };
    const wanted = wantedSpec(app, entry, foundIn(applied.data), applied.data.port);
    const changes = settingChanges(applied.data, wanted).length;
    return { changes: changes > 0 || sameSpec(wanted, applied.data) ? changes : 1, problem: null };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { changes: 0, problem: error.message };
  }
}

/** Of an app that was never set up: its entry is all there is, and its first deployment reads that. */
function unsettled(app: string, before: RegistryEntry, after: RegistryEntry, text: string, edited: string): Plan {
  const said = (value: unknown) => (value === undefined || value === null ? null : typeof value === 'string' ? value : JSON.stringify(value));
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => said(before[name]) !== said(after[name]));
  const settings = names.map((name) => ({ name, before: said(before[name]), after: said(after[name]) }));
  const { files } = planOf({ ...nothing(app), registry: { before: text, after: edited } });
  return {
    changes: settings.length,
    settings,
    files,
    effect: settings.length === 0 ? 'nothing' : 'stored',
    effects: [`${app} was never deployed: its first deployment takes this.`],
    warnings: [],
  };
}

function nothing(app: string) {
  const spec = wantedSpec(app, { slug: app, type: 'static' }, { settings: {}, requirements: [] }, 0);
  return {
    app,
    host: '',
    applied: { spec, files: {} },
    found: new Map<string, string>(),
    serves: false,
    wanted: spec,
    files: [],
    memory: { used: null, total: 0 },
    clock: { at: 0, offset: 0, zone: '' },
  };
}

/** A domain leads to one app only: the first that nginx finds would win, and the other be silent about it. */
function requireFree(app: string, domains: readonly string[], entries: readonly RegistryEntry[], names: Answer<'configuration.read'>['names']): void {
  for (const domain of domains) {
    const other = entries.find((entry) => entry.slug !== app && said(entry).includes(domain));
    const served = names.find(({ name, file }) => name === domain && file !== sitePath(app));
    const mine = /\/forgeboard-([a-z0-9-]+)\.conf$/.exec(served?.file ?? '')?.[1];
    const by = other !== undefined ? `the app ${other.slug}` : mine !== undefined ? `the app ${mine}` : served?.file;
    if (by !== undefined)
      throw new Failure('conflict', `${domain} is in use by ${by}`, {
        field: 'domain',
        hint: 'Take it away there first.',
        facts: { domain, ...(served && { file: served.file }) },
      });
  }
}

function said(entry: RegistryEntry): string[] {
  try {
    return domainsOf(entry, '');
  } catch {
    return []; // Another app's mistake is told where that app is.
  }
}

function requireRoom(host: string, spec: AppSpec, { pythons, memory }: Answer<'configuration.read'>): void {
  const asked = spec.python?.replace(/^.*python/, '');
  if (asked !== undefined && !pythons.includes(asked)) {
    throw new Failure('invalid', `Python ${asked} is not on ${host}`, { field: 'python', hint: `There are: ${pythons.join(', ')}` });
  }
  if ((spec.limits.memory ?? 0) > memory.total) {
    throw new Failure('invalid', `the memory is more than ${host} has, ${Math.floor(memory.total / bytesOf('1M'))}M`, { field: 'memory' });
  }
}

const digestOf = (parts: unknown[]) => createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
