import type { DeploymentProgress } from '../../shared/contract/deployments.ts';
import type { Host } from '../../shared/contract/hosts.ts';
import { entryText, freePort, readRegistry, withEntry } from '../../shared/rules/registry.ts';
import { site } from '../../shared/rules/site.ts';
import { sizeText } from '../../shared/rules/size.ts';
import { type AppSpec, appSpec } from '../../shared/rules/spec.ts';
import { bootUnit, socketFolders, webUnit } from '../../shared/rules/unit.ts';
import type { Answer } from '../hostkit/actions.ts';
import type { Asker, Kits } from '../hostkit/kits.ts';
import { detectApp, requirementFiles } from './app-files.ts';
import { commitOf } from './commit.ts';
import { knownApp } from './known-app.ts';
import type { Scan } from './scan.ts';
import { run } from './run.ts';
import { contentStream, filesToSend } from './upload.ts';

export interface ReleaseRequest {
  host: Host;
  app: string;
  scan: Scan;
  /** Where the app is; found in the folder when an app is deployed for the first time and it is not given. */
  entryPoint: string | undefined;
  actor: string;
  /** Names this deployment before the host has given it a number, so that it is found again after a lost connection. */
  token: string;
}

export interface Released {
  deployment: number;
  outcome: 'live' | 'unchanged';
  release: number;
  port: number;
  uploadedFiles: number;
  uploadedBytes: number;
}

/** Up to this much travels with the start of the deployment itself; more gets a channel of its own. */
const inlineBytes = 256 * 1024;

/**
 * Makes a scanned folder the live release of an app: offer, upload, run. The run happens on the host and outlives the
 * connection; until its switch the old release serves.
 * @throws Failure of the step that failed; unknown-outcome only where the host could not be asked again
 */
export async function release(kits: Kits, request: ReleaseRequest, emit: (event: DeploymentProgress) => void | Promise<void>, asker: Asker): Promise<Released> {
  const { host, app, scan } = request;
  const kit = await kits.get(host, asker);
  await emit({ type: 'step', name: 'offer', status: 'running' });
  const offered = performance.now();
  const [registry, known, { missing }] = await Promise.all([
    kit.call('registry.read', {}, { signal: asker.signal }),
    knownApp(kit, app, asker.signal),
    kit.call('releases.offer', { app, files: scan.files.map(({ path, key, size }) => [path, key, size]) }, { signal: asker.signal }),
  ]);
  const plan = await planOf(request, registry, known?.app.spec);
  await emit({ type: 'step', name: 'offer', status: 'done', ms: since(offered), detail: `${missing.length} of ${scan.files.length} files are new to ${host.name}` });

  const sending = filesToSend(scan, missing);
  const bytes = sending.reduce((sum, file) => sum + file.size, 0);
  const inline = bytes <= inlineBytes;
  if (!inline) await upload(kits, request, sending, bytes, emit, asker);

  const start = {
    app,
    token: request.token,
    files: scan.files.map(({ path, key, size }) => [path, key, size]),
    spec: plan.spec,
    apply: plan.apply,
    actor: request.actor,
    origin: scan.folder,
    commit: await commitOf(scan.folder),
    checkSeconds: 30,
    drainSeconds: 30,
  };
  // Asked for again: a long upload may have outlived the connection that the offer went over.
  const body = inline && sending.length > 0 ? contentStream(scan, sending, asker.signal) : undefined;
  const done = await run(kits, request, async () => (await kits.get(host, asker)).call('deployments.start', start, { ...(body !== undefined && { body }) }), emit, asker);
  return { ...done, port: plan.spec.port, uploadedFiles: sending.length, uploadedBytes: bytes };
}

async function upload(
  kits: Kits,
  { host, app, scan }: ReleaseRequest,
  files: Scan['files'],
  bytes: number,
  emit: (event: DeploymentProgress) => void | Promise<void>,
  asker: Asker,
): Promise<void> {
  const from = performance.now();
  const detail = `${files.length} files, ${sizeText(bytes)}`;
  await emit({ type: 'step', name: 'upload', status: 'running', detail });
  const bulk = await kits.open(host, asker);
  try {
    await bulk.call('objects.put', { app, files: files.length, bytes }, { body: contentStream(scan, files, asker.signal), signal: asker.signal });
  } finally {
    bulk.close();
  }
  await emit({ type: 'step', name: 'upload', status: 'done', ms: since(from), detail });
}

/**
 * What the host should run. An app that is there keeps what was applied, and its code alone is deployed, unless its entry
 * point or requirement files are other ones now; a new one gets an entry in apps.yml, a port, unit and site.
 */
async function planOf({ app, scan, entryPoint }: ReleaseRequest, registry: Answer<'registry.read'>, applied: unknown) {
  const dependencies = { files: requirementFiles(scan) };
  const known = appSpec.safeParse(applied);
  if (known.success) {
    const spec: AppSpec = { ...known.data, dependencies, entrypoint: entryPoint ?? known.data.entrypoint };
    const same = JSON.stringify(spec) === JSON.stringify(known.data);
    return { spec, apply: same ? null : { files: filesOf(spec), registry: null, entry: entryText(registry.text, app) } };
  }
  const entries = readRegistry(registry.text);
  const entry = entries.find(({ slug }) => slug === app);
  const entrypoint = entryPoint ?? entry?.entry_point ?? (await detectApp(scan)).entrypoint;
  const spec: AppSpec = {
    format: 1,
    app,
    type: 'wsgi',
    root: '.',
    entrypoint,
    port: entry?.port ?? freePort(entries),
    workers: entry?.workers ?? 2,
    python: null,
    dependencies,
    server: ['gunicorn'],
    health: { path: '/' },
    watchSeconds: entry?.watch_seconds ?? 10,
  };
  const text = entry === undefined ? withEntry(registry.text, { slug: app, name: app, type: 'wsgi', port: spec.port, entry_point: entrypoint }) : null;
  const change = text === null ? null : { text, digest: registry.digest };
  return { spec, apply: { files: filesOf(spec), registry: change, entry: entryText(text ?? registry.text, app) } };
}

/** Everything of an app that is text on its host. */
const filesOf = (spec: AppSpec) => [webUnit(spec), bootUnit(spec), socketFolders(spec), site(spec)];

const since = (from: number) => Math.round(performance.now() - from);
