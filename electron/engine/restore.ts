import type { DeploymentProgress } from '../../shared/contract/deployments.ts';
import { Failure } from '../../shared/errors.ts';
import { entryText, freePort, readRegistry, withEntry, withEntryText, withPort } from '../../shared/rules/registry.ts';
import { type AppSpec, appSpec } from '../../shared/rules/spec.ts';
import type { Answer } from '../hostkit/actions.ts';
import type { Kit } from '../hostkit/hostkit.ts';
import type { Asker, Kits } from '../hostkit/kits.ts';
import { withSettings } from '../../shared/rules/registry/settings.ts';
import { filesOf } from '../../shared/rules/host-files.ts';
import { type Ran, type Run, run } from './run.ts';

export type Archived = Answer<'apps.removed'>['apps'][number];

/** The archive that is meant: the named one, else the newest of the app. @throws Failure not-found */
export async function archiveOf(kit: Kit, app: string, wanted: string | undefined, signal: AbortSignal): Promise<{ archived: Archived; listening: number[] }> {
  const { apps, listening } = await kit.call('apps.removed', { app }, { signal });
  const archived = apps.find(({ archive }) => wanted === undefined || archive === wanted);
  if (archived !== undefined) return { archived, listening };
  const hint = apps.length === 0 ? 'See what can be put back: forgeboard apps removed' : `There are: ${apps.map(({ archive }) => archive).join(', ')}`;
  throw new Failure('not-found', wanted === undefined ? `There is no archive of ${app} on this server` : `There is no archive ${wanted} on this server`, { field: 'app', hint });
}

/**
 * Puts a removed app back from its archive, through a deployment like a first one. It gets another port where its own was
 * taken since, and says so; all else is as it was.
 * @throws Failure not-found, exists, disk-full, and those of a deployment
 */
export async function restore(
  kits: Kits,
  request: Run & { actor: string; archive: string | undefined },
  emit: (event: DeploymentProgress) => void | Promise<void>,
  asker: Asker,
): Promise<Ran & { spec: AppSpec }> {
  const { host, app, actor, token } = request;
  const kit = await kits.get(host, asker);
  const [registry, { archived, listening }] = await Promise.all([kit.call('registry.read', {}, { signal: asker.signal }), archiveOf(kit, app, request.archive, asker.signal)]);
  const was = appSpec.safeParse(archived.spec);
  if (!was.success) throw new Failure('kit-mismatch', `${archived.archive} was written by another version of ForgeBoard`, { hint: 'Update ForgeBoard on this computer.' });
  const plan = planOf(archived, was.data, registry.text, listening);
  if (was.data.keptSite !== null) await emit({ type: 'note', text: `${was.data.keptSite.file} leads to the unit of ${app} again: it gets port ${plan.spec.port}` });
  else if (plan.spec.port !== was.data.port) await emit({ type: 'note', text: `Port ${was.data.port} is taken by now: ${app} gets ${plan.spec.port}` });
  const change = plan.text === registry.text ? null : { text: plan.text, digest: registry.digest };
  const args = {
    archive: archived.archive,
    spec: plan.spec,
    apply: { files: plan.files, registry: change, entry: entryText(plan.text, app) },
    actor,
    origin: archived.archive,
    token,
  };
  const done = await run(kits, request, async () => kit.call('apps.restore', args), emit, asker);
  return { ...done, spec: plan.spec };
}

/** What the host should run: as it was, but for a port that is taken. */
function planOf({ app, entry, texts }: Archived, was: AppSpec, registry: string, listening: number[]) {
  const entries = readRegistry(registry);
  const wanted = entries.find(({ slug }) => slug === app);
  const others = entries.filter(({ slug }) => slug !== app);
  // One that was given back: the site that it had is its unit's again, so it comes back on a port of its own.
  const led = was.keptSite !== null;
  const taken = led || listening.includes(was.port) || others.some(({ port }) => port === was.port);
  const spec = taken ? { ...was, ...(led && { keptSite: null, domains: [] }), port: freePort(others, listening) } : was;
  const files = taken ? filesOf(spec) : Object.entries(texts).map(([path, content]) => ({ path, content, mode: 0o644 }));
  const placed = (text: string) => withEntryText(registry, app, taken ? withPort(text, spec.port) : text);
  const restored = (text: string) => (led ? withSettings(placed(text), app, { kept_site: null, domain: null, domains: null, port: spec.port }) : placed(text));
  const made = () => withEntry(registry, { slug: app, name: app, type: spec.type, port: spec.port, entry_point: spec.entrypoint });
  // Somebody wrote an entry of that name since: that is what is wanted now, and stays.
  return { spec, files, text: wanted !== undefined ? registry : entry !== null ? restored(entry) : made() };
}
