import { createHash } from 'node:crypto';
import { Failure } from '../../shared/errors.ts';
import { runOf } from '../../shared/rules/adoptions/command-line.ts';
import type { InspectedUnit, ScanFacts } from '../../shared/rules/adoptions/facts.ts';
import { entryOf, foundApps, moveReasons, takeReasons, urlAt } from '../../shared/rules/adoptions/found.ts';
import { type AdoptionPlan, movePlan, obstacles, returnPlan, takenSettings, takePlan } from '../../shared/rules/adoptions/plans.ts';
import { ledBy, type SiteEdit } from '../../shared/rules/adoptions/sites.ts';
import { filesOf } from '../../shared/rules/host-files.ts';
import { entryText, freePort, readRegistry, type RegistryEntry, withEntry, withoutEntry } from '../../shared/rules/registry.ts';
import { withSettings } from '../../shared/rules/registry/settings.ts';
import type { AppSpec } from '../../shared/rules/spec.ts';
import { wantedSpec } from '../../shared/rules/wanted.ts';
import type { Answer } from '../hostkit/actions.ts';
import type { Kit } from '../hostkit/hostkit.ts';

export interface Place {
  /** Its name and address on this laptop, for words and addresses. */
  host: { name: string; address: string };
  signal: AbortSignal;
}

interface Made extends AdoptionPlan {
  app: string;
  unit: string;
  url: string | null;
  pid: number | null;
  digest: string;
}

type Change = { text: string; digest: string } | null;

/** What is taken over, with all that carries it out. */
export interface TakePlan extends Made {
  args: { app: string; unit: string; sites: string[]; url: string | null; state: string; registry: Change };
}

export interface MovePlan extends Made {
  spec: AppSpec | null;
  args: Record<string, unknown>;
}

export interface ReturnPlan extends Made {
  args: { app: string; registry: Change; entry: string | null };
}

/** All that runs on a host, and what apps.yml says. */
export async function seen(kit: Kit, signal: AbortSignal): Promise<{ facts: ScanFacts; registry: Answer<'registry.read'>; entries: readonly RegistryEntry[] }> {
  const [facts, registry] = await Promise.all([kit.call('adoptions.scan', {}, { signal }), kit.call('registry.read', {}, { signal })]);
  return { facts, registry, entries: readRegistry(registry.text) };
}

/** @throws Failure not-found, exists, and conflict where the unit is not one that can be taken over */
export async function takePlanOf(kit: Kit, { unit: name, app: wanted }: { unit: string; app: string | undefined }, { host, signal }: Place): Promise<TakePlan> {
  const { facts, registry, entries } = await seen(kit, signal);
  const unit = facts.units.find((one) => one.unit === name);
  if (unit === undefined)
    throw new Failure('not-found', `No Python app runs in ${name} on ${host.name}`, { field: 'unit', hint: `See what runs: forgeboard adoptions scan ${host.name}` });
  const already = facts.adopted.find((one) => one.unit === name);
  if (already !== undefined) throw new Failure('exists', `${name} was taken over already, as ${already.app}`, { field: 'unit' });
  const [why] = takeReasons(unit, facts.nginx.problem);
  if (why !== undefined) throw new Failure('conflict', `${name} cannot be taken over. ${why}`, { field: 'unit', hint: 'Nothing of it was touched.' });
  const app = wanted ?? foundApps(facts, entries, host.address).find((one) => one.unit === name)?.app ?? '';
  const original = entryOf(unit, entries);
  if (facts.adopted.some((one) => one.app === app) || entries.some(({ slug }) => slug === app && slug !== original?.slug)) {
    throw new Failure('exists', `There is an app called ${app} on ${host.name}`, { field: 'app', hint: 'Choose another name: --app NAME' });
  }
  const { state } = await kit.call('adoptions.inspect', { unit: name }, { signal });
  const site = ledBy(unit.listens, facts.nginx);
  const url = site === null ? null : urlAt(site, host.address);
  const settings = takenSettings(app, unit, runOf(unit.server, unit.words), site, url);
  const text = withSaid(registry.text, app, settings);
  const plan = takePlan(app, host.name, unit, moveReasons(unit, facts.nginx));
  const args = { app, unit: name, sites: site?.files ?? [], url, state, registry: changed(registry, text) };
  return { ...plan, app, unit: name, url, pid: unit.pid, args, digest: digestOf([args, plan]) };
}

/** @throws Failure not-found where the app was not taken over; conflict where it lies in slots already */
export async function movePlanOf(kit: Kit, { app, folder }: { app: string; folder: string | undefined }, { host, signal }: Place): Promise<MovePlan> {
  const { facts, registry, entries } = await seen(kit, signal);
  const taken = facts.adopted.find((one) => one.app === app);
  if (taken === undefined)
    throw new Failure('not-found', `${app} was not taken over on ${host.name}`, { field: 'app', hint: `Take it over first: forgeboard adoptions take UNIT --host ${host.name}` });
  if (taken.phase !== 'taken') throw new Failure('conflict', `${app} was moved already`, { field: 'app' });
  const unit = facts.units.find((one) => one.unit === taken.unit);
  if (unit === undefined) throw new Failure('conflict', `${taken.unit} does not run`, { hint: 'Start it first, so that its variables and its address are known.' });
  const run = runOf(unit.server, unit.words);
  const site = ledBy(unit.listens, facts.nginx);
  const base = folder ?? unit.folder;
  const root = rootIn(base, unit.folder, typeof run === 'string' ? undefined : run.folder);
  const module = typeof run === 'string' ? null : (run.entryPoint.split(':')[0] ?? null);
  const found: InspectedUnit = await kit.call('adoptions.inspect', { unit: taken.unit, folder: base, root: root ?? '.', module }, { signal });
  const frozen = found.folder.requirements.length === 0 || (typeof run !== 'string' && run.type === 'command');
  const edits = site?.edits(app) ?? [];
  const why = [
    ...takeReasons(unit, facts.nginx.problem),
    ...moveReasons(unit, facts.nginx),
    ...obstacles(found, run, frozen),
    ...(root === null ? [`It changes to a folder outside of ${base} before it starts.`] : []),
  ];
  const [newest] = found.pythons;
  const python = found.packages !== null && found.packages.python !== newest && found.pythons.includes(found.packages.python) ? found.packages.python : null;
  const url = site === null ? null : urlAt(site, host.address);
  const settings = { ...takenSettings(app, unit, run, site, url), ...(root !== null && root !== '.' && { root }), ...(python !== null && { python }) };
  const text = withSaid(registry.text, app, settings);
  const entry = readRegistry(text).find(({ slug }) => slug === app) as RegistryEntry;
  const requirements = [frozen ? 'requirements.txt' : (found.folder.requirements[0] ?? 'requirements.txt')];
  const spec = why.length > 0 ? null : wantedSpec(app, entry, { settings: {}, requirements }, freePort(entries));
  const plan = { ...movePlan(app, found, edits, frozen, python), obstacles: why };
  const apply = spec === null ? null : { files: filesOf(spec), registry: changed(registry, text), entry: entryText(text, app) };
  const args = { app, spec, apply, folder: found.folder.path, root: root ?? '.', freeze: frozen, edits: edits.map(plainEdit), state: found.state };
  return { ...plan, app, unit: taken.unit, url, pid: unit.pid, spec, args, digest: digestOf([args, plan]) };
}

/** @throws Failure not-found where the app was not taken over */
export async function returnPlanOf(kit: Kit, app: string, { signal }: Place): Promise<ReturnPlan> {
  const [kept, registry] = await Promise.all([kit.call('adoptions.describe', { app }, { signal }), kit.call('registry.read', {}, { signal })]);
  const plan = returnPlan(app, kept);
  const args = { app, registry: changed(registry, withoutEntry(registry.text, app)), entry: entryText(registry.text, app) };
  return { ...plan, app, unit: kept.unit, url: kept.url, pid: null, args, digest: digestOf([args, kept, plan]) };
}

/** apps.yml with what is not said there yet of an app; what somebody wrote stays, but for whose site it has. */
function withSaid(text: string, app: string, settings: Record<string, unknown>): string {
  const known = readRegistry(text).find(({ slug }) => slug === app);
  if (known === undefined) return withEntry(text, settings as RegistryEntry);
  const hasDomains = (known.domain ?? null) !== null || known.domains !== undefined;
  const said = Object.entries(settings).filter(
    ([name]) => name === 'kept_site' || (['domain', 'domains'].includes(name) ? !hasDomains : known[name] === undefined || known[name] === null || known[name] === ''),
  );
  return withSettings(text, app, Object.fromEntries(said));
}

const changed = (registry: Answer<'registry.read'>, text: string): Change => (text === registry.text ? null : { text, digest: registry.digest });

const plainEdit = ({ path, digest, changes }: SiteEdit) => ({ path, digest, changes: changes.map(({ start, end, text }) => ({ start, end, text })) });

/** The app's folder inside the one that travels; null where it lies outside. */
function rootIn(base: string, runs: string, changes: string | undefined): string | null {
  const there = changes === undefined || changes === '' ? runs : changes.startsWith('/') ? changes : `${runs}/${changes}`;
  const [inside, top] = [there, base].map((path) => path.replace(/\/(\.\/)*/g, '/').replace(/\/\.?$/, '')) as [string, string];
  if (inside === top || changes === undefined) return '.';
  return inside.startsWith(`${top}/`) && !inside.includes('/../') ? inside.slice(top.length + 1) : null;
}

const digestOf = (parts: unknown) => createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
