import type { DeploymentProgress } from '../../shared/contract/deployments.ts';
import type { Host } from '../../shared/contract/hosts.ts';
import { Failure } from '../../shared/errors.ts';
import { entryText, freePort, readRegistry, withEntry } from '../../shared/rules/registry.ts';
import { sameSpec } from '../../shared/rules/plan.ts';
import { withSettings } from '../../shared/rules/registry/settings.ts';
import { filesOf } from '../../shared/rules/host-files.ts';
import { sizeText } from '../../shared/rules/size.ts';
import type { AppSettings } from '../../shared/rules/app-settings.ts';
import type { Explained } from '../../shared/rules/explain/said.ts';
import { type AppSpec, appSpec } from '../../shared/rules/spec.ts';
import { readSettings, wantedSpec } from '../../shared/rules/wanted.ts';
import type { Asker, Kits } from '../hostkit/kits.ts';
import { readFolder } from './app-files.ts';
import type { Commit } from './commit.ts';
import { completed } from './complete.ts';
import { findApp } from './find-app.ts';
import { targetOf } from './inspect/target.ts';
import type { Scan, ScannedFile } from './scan.ts';
import type { Offered, Offers } from './offers.ts';
import { pendingOf } from './plan.ts';
import { run } from './run.ts';
import { contentStream, type FileToSend, filesToSend } from './upload.ts';

export interface ReleaseRequest {
  host: Host;
  app: string;
  scan: Scan;
  /** Where it was chosen: its folder, or an archive. */
  origin: string;
  /** What is checked out there, where that is known. */
  commit: Promise<Commit | null>;
  /** How it runs, where that was said; else an app that is new is looked for in the folder. */
  settings: AppSettings;
  actor: string;
  /** Names this deployment before the host has given it a number, so that it is found again after a lost connection. */
  token: string;
}

export interface Released {
  deployment: number;
  outcome: 'live' | 'unchanged';
  release: number;
  spec: AppSpec;
  uploadedFiles: number;
  uploadedBytes: number;
}

/** Up to this much travels with the start of the deployment itself; more gets a channel of its own. */
const inlineBytes = 256 * 1024;
/** How often a plan is made anew where other new apps are faster. */
const mostPlans = 8;

/**
 * Makes a scanned folder the live release of an app: offer, upload, run. The run happens on the host and outlives the
 * connection; until its switch the old release serves.
 * @throws Failure of the step that failed; unknown-outcome only where the host could not be asked again
 */
export async function release(kits: Kits, offers: Offers, request: ReleaseRequest, emit: (event: DeploymentProgress) => void | Promise<void>, asker: Asker): Promise<Released> {
  const { host, app, scan } = request;
  for (let left = mostPlans; ; left -= 1) {
    const offered = offers.recall(host.name, app, scan, inlineBytes);
    // Known anew at the end, where it is: whatever goes wrong, the host is asked the next time.
    offers.forget(host.name, app);
    try {
      return await planned(kits, offers, offered, request, emit, asker);
    } catch (error) {
      // What was remembered is not so any more, which the host says before it begins anything.
      if (offered !== undefined && error instanceof Failure && error.problem === 'conflict' && isOutdated(error) && !asker.signal.aborted) continue;
      // Another new app got its entry between our plan and ours: nothing of ours is there yet, and a new plan sees it.
      const outrun = error instanceof Failure && error.problem === 'conflict' && error.facts?.changed === '/etc/forgeboard/apps.yml';
      if (!outrun || left <= 1 || asker.signal.aborted) throw error;
      await emit({ type: 'note', text: 'apps.yml was changed by somebody else meanwhile; planning again.' });
    }
  }
}

async function planned(
  kits: Kits,
  offers: Offers,
  known: Offered | undefined,
  request: ReleaseRequest,
  emit: (event: DeploymentProgress) => void | Promise<void>,
  asker: Asker,
): Promise<Released> {
  const { host, app, scan } = request;
  const kit = await kits.get(host, asker);
  await emit({ type: 'step', name: 'offer', status: 'running' });
  const from = performance.now();
  const files = scan.files.map(fileOf);
  const ask = async (): Promise<Offered> => ({ ...(await kit.call('releases.offer', { app, files }, { signal: asker.signal })), remembered: false });
  const [offered, commit] = await Promise.all([known ?? ask(), request.commit]);
  const { missing, partial } = offered;
  const plan = await planOf(request, offered, (root, isNamed) => findApp(scan, { root, isNamed, target: targetOf(kits, host, asker), emit, signal: asker.signal }));
  if (plan.pending)
    await emit({ type: 'note', text: `The entry of ${app} in apps.yml was changed by hand and is not applied yet: forgeboard apps plan ${app} --host ${host.name}` });
  await emit({ type: 'step', name: 'offer', status: 'done', ms: since(from), detail: `${missing.length} of ${scan.files.length} files are new to ${host.name}` });

  const all = plan.made === null ? files : [...files.filter(([path]) => path !== plan.made?.path), fileOf(plan.made)];
  const lacking =
    plan.made === null || offered.has?.(plan.made.key) ? [] : (await kit.call('releases.offer', { app, files: [fileOf(plan.made)] }, { signal: asker.signal })).missing;
  const sending = [...filesToSend(scan, missing, partial), ...(plan.made === null || lacking.length === 0 ? [] : [{ ...plan.made, from: 0 }])];
  const bytes = sending.reduce((sum, file) => sum + file.size - file.from, 0);
  const inline = bytes <= inlineBytes;
  if (!inline) await upload(kits, request, sending, bytes, emit, asker);

  const start = {
    app,
    token: request.token,
    files: all,
    spec: plan.spec,
    apply: plan.apply,
    expects: offered.remembered ? { registry: offered.registry.digest, applied: offered.applied?.digest ?? '' } : null,
    actor: request.actor,
    origin: request.origin,
    commit,
  };
  // Asked for again: a long upload may have outlived the connection that the offer went over.
  const body = inline && sending.length > 0 ? contentStream(scan, sending, asker.signal) : undefined;
  const target = () => targetOf(kits, host, asker);
  const explaining = { spec: plan.spec, complete: (found: Explained) => completed(found, scan, plan.spec, target, asker.signal) };
  const done = await run(
    kits,
    { ...request, ...explaining },
    async () => (await kits.get(host, asker)).call('deployments.start', start, { ...(body !== undefined && { body }) }),
    emit,
    asker,
  );
  // What was applied is another from then on, and has to be asked for.
  if (plan.apply === null) {
    offers.remember(
      host.name,
      app,
      offered,
      all.map(([, key]) => key),
    );
  }
  return { ...done, spec: plan.spec, uploadedFiles: sending.length, uploadedBytes: bytes };
}

const isOutdated = ({ facts }: Failure): boolean => facts?.changed !== undefined || facts?.missing !== undefined;

const fileOf = ({ path, key, size }: ScannedFile): [path: string, key: string, size: number] => [path, key, size];

async function upload(
  kits: Kits,
  { host, app, scan }: ReleaseRequest,
  files: FileToSend[],
  bytes: number,
  emit: (event: DeploymentProgress) => void | Promise<void>,
  asker: Asker,
): Promise<void> {
  const from = performance.now();
  const there = files.reduce((sum, file) => sum + file.from, 0);
  const detail = `${files.length} files, ${sizeText(bytes)}${there > 0 ? `; ${sizeText(there)} are there from an upload that was cut` : ''}`;
  await emit({ type: 'step', name: 'upload', status: 'running', detail });
  const bulk = await kits.open(host, asker);
  try {
    await bulk.call('objects.put', { app, files: files.length, bytes }, { body: contentStream(scan, files, asker.signal), signal: asker.signal });
  } catch (error) {
    if (!(error instanceof Failure) || error.problem !== 'unknown-outcome') throw error;
    throw new Failure('unreachable', `The connection to ${host.name} was lost during the upload; nothing that serves was touched`, {
      hint: 'Deploy again: what has arrived is kept there for a day, and only the rest is sent.',
    });
  } finally {
    bulk.close();
  }
  await emit({ type: 'step', name: 'upload', status: 'done', ms: since(from), detail });
}

/**
 * What the host should run. An app that is there keeps the entry that was applied, and its code alone is deployed, unless
 * the folder says something else of itself now; a new one gets an entry in apps.yml, a port, units and a site.
 */
export async function planOf(
  { app, scan, settings: given }: Pick<ReleaseRequest, 'app' | 'scan' | 'settings'>,
  { registry, applied: known }: { registry: Offered['registry']; applied: Omit<NonNullable<Offered['applied']>, 'digest'> | null },
  find: Parameters<typeof readFolder>[2],
) {
  const applied = appSpec.safeParse(known?.spec);
  const isSaid = Object.keys(given).length > 0;
  const entries = readRegistry(registry.text);
  const written = entries.find(({ slug }) => slug === app);
  if (applied.success) {
    const text = known?.entry ?? entryText(registry.text, app);
    const entry = (text === null ? undefined : readRegistry(`apps:\n${text}`)[0]) ?? written ?? { slug: app, type: applied.data.type, entry_point: applied.data.entrypoint };
    const settings = { ...readSettings(entry, `${app} in apps.yml`), ...given };
    const folder = await readFolder(scan, settings, find);
    const spec = wantedSpec(app, { ...entry, ...given }, folder, applied.data.port);
    const { made } = folder;
    const same = sameSpec(spec, applied.data);
    const pending = !isSaid && pendingOf(registry.text, app, applied.data).changes > 0;
    if (!isSaid) return { spec, made, pending, apply: same ? null : { files: filesOf(spec), registry: null, entry: text } };
    // What was said on the command line is wanted from now on, so it stands where wishes stand.
    const edited = written === undefined ? withEntry(registry.text, { ...entry, port: spec.port, ...given }) : withSettings(registry.text, app, given);
    const said = entryText(edited, app);
    const change = edited === registry.text ? null : { text: edited, digest: registry.digest };
    return { spec, made, pending, apply: same && change === null && said === text ? null : { files: filesOf(spec), registry: change, entry: said } };
  }
  const found = await readFolder(scan, { ...(written === undefined ? {} : readSettings(written, `${app} in apps.yml`)), ...given }, find);
  // What was guessed is written down for a new app, so that it counts as said from then on.
  const [entry, folder] =
    written === undefined
      ? [
          { slug: app, name: app, port: freePort(entries), ...found.guessed, ...given },
          { ...found, settings: found.own },
        ]
      : [{ ...written, ...given }, found];
  const spec = wantedSpec(app, entry, folder, freePort(entries));
  const text = written === undefined ? withEntry(registry.text, entry) : withSettings(registry.text, app, given);
  const change = text === registry.text ? null : { text, digest: registry.digest };
  return { spec, made: found.made, pending: false, apply: { files: filesOf(spec), registry: change, entry: entryText(text, app) } };
}

const since = (from: number) => Math.round(performance.now() - from);
