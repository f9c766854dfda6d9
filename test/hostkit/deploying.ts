import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { type DeploymentEvent, deploymentEvent } from '../../electron/hostkit/actions.ts';
import { filesOf } from '../../shared/rules/host-files.ts';
import type { Kit } from '../../electron/hostkit/hostkit.ts';
import { type AppSpec, appSpec, type HostFile } from '../../shared/rules/spec.ts';
import type { TestHost } from '../hosts/host.ts';

/** A folder as it would be uploaded: path to content. */
export type Folder = Record<string, string>;

/** An app of the standard library only, that says `answer` to everything. */
export function plain(answer: string, more: Folder = {}): Folder {
  return {
    'app.py': `import os\n\n\ndef app(environ, start_response):\n    start_response("200 OK", [("Content-Type", "text/plain")])\n    return [b"${answer}"]\n`,
    'requirements.txt': '',
    ...more,
  };
}

export function specOf(app: string, port: number, more: Partial<AppSpec> = {}): AppSpec {
  const fixed = { format: 1, app, type: 'wsgi', root: '.', entrypoint: 'app:app', port, workers: 2, python: null } as const;
  return appSpec.parse({ ...fixed, dependencies: { files: ['requirements.txt'] }, server: ['gunicorn'], health: { path: '/' }, watchSeconds: 0, ...more });
}

export interface Registry {
  text: string;
  digest: string;
}

/** What the first deploy of an app brings besides its files. */
export function applied(spec: AppSpec, { registry = null, change = (file) => file }: { registry?: Registry | null; change?: (file: HostFile) => HostFile } = {}) {
  return { files: filesOf(spec).map(change), registry, entryDigest: 'of-the-entry' };
}

export type FileEntry = [path: string, key: string, size: number];

export function listed(folder: Folder): FileEntry[] {
  return Object.entries(folder).map(([path, content]) => [path, createHash('sha256').update(content).digest('hex'), Buffer.byteLength(content)]);
}

/** The body of objects.put, for the keys asked for. */
export function contents(folder: Folder, keys: string[]): Buffer {
  const records = Object.values(folder).flatMap((content) => {
    const key = createHash('sha256').update(content).digest('hex');
    if (!keys.includes(key)) return [];
    const size = Buffer.alloc(16);
    size.writeBigUInt64BE(BigInt(Buffer.byteLength(content)));
    return [Buffer.concat([Buffer.from(`${key}-`), size, Buffer.from(content)])];
  });
  const blocks = [];
  for (let rest = Buffer.concat(records); rest.length > 0; rest = rest.subarray(1 << 20)) {
    const packed = deflateSync(rest.subarray(0, 1 << 20));
    const head = Buffer.from('z    ');
    head.writeUInt32BE(packed.length, 1);
    blocks.push(head, packed);
  }
  return Buffer.concat(blocks);
}

export interface StartOptions {
  spec?: AppSpec;
  apply?: ReturnType<typeof applied>;
  checkSeconds?: number;
  drainSeconds?: number;
}

/** Offers, and starts with what is lacking; the deployment's number. */
export async function startDeploy(kit: Kit, app: string, folder: Folder, options: StartOptions = {}): Promise<number> {
  const files = listed(folder);
  const { missing } = await kit.call('releases.offer', { app, files });
  const given = { app, files, spec: options.spec ?? null, apply: options.apply ?? null, actor: 'ann', origin: 'test', token: 't' };
  const limits = { checkSeconds: options.checkSeconds ?? 30, drainSeconds: options.drainSeconds ?? 30 };
  return (await kit.call('deployments.start', { ...given, ...limits }, { body: contents(folder, missing) })).deployment;
}

type End = Extract<DeploymentEvent, { type: 'end' }>;

export interface Followed {
  events: DeploymentEvent[];
  /** undefined where it was cut. */
  end: End | undefined;
}

export async function follow(kit: Kit, app: string, deployment: number, options: { after?: number; onEvent?: (event: DeploymentEvent) => void } = {}): Promise<Followed> {
  const events: DeploymentEvent[] = [];
  const take = (raw: unknown) => {
    const event = deploymentEvent.parse(raw);
    events.push(event);
    options.onEvent?.(event);
  };
  await kit.call('deployments.follow', { app, deployment, after: options.after ?? 0 }, { onEvent: take });
  return { events, end: events.find((event) => event.type === 'end') };
}

export async function deploy(kit: Kit, app: string, folder: Folder, options: StartOptions = {}): Promise<Followed & { deployment: number }> {
  const deployment = await startDeploy(kit, app, folder, options);
  return { deployment, ...(await follow(kit, app, deployment)) };
}

/** The first deploy of an app, which must succeed. */
export async function firstDeploy(kit: Kit, app: string, port: number, folder: Folder, more: Partial<AppSpec> = {}): Promise<AppSpec> {
  const spec = specOf(app, port, more);
  const { end } = await deploy(kit, app, folder, { spec, apply: applied(spec) });
  if (end?.outcome !== 'live') throw new Error(`the first deploy failed: ${JSON.stringify(end)}`);
  return spec;
}

export const stepsOf = (events: DeploymentEvent[]) => events.flatMap((event) => (event.type === 'step' && event.status !== 'running' ? [`${event.name} ${event.status}`] : []));

/** What nginx answers on the host's own port, and the status 0 where nobody does. */
export async function fetched(host: TestHost, port: number, path = '/'): Promise<{ status: number; body: string }> {
  try {
    const answer = await fetch(`http://${host.ownAddress}:${port}${path}`, { headers: { connection: 'close' }, signal: AbortSignal.timeout(10_000) });
    return { status: answer.status, body: await answer.text() };
  } catch {
    return { status: 0, body: '' };
  }
}

/** Asks again and again until stopped; gives every answer that was not as expected, and the bodies in order of their first coming. */
export function load(host: TestHost, port: number, { everyMs = 10 } = {}): () => Promise<{ requests: number; failed: string[]; bodies: string[] }> {
  const failed: string[] = [];
  const bodies: string[] = [];
  const flights = new Set<Promise<void>>();
  let requests = 0;
  const timer = setInterval(() => {
    requests += 1;
    const flight = fetched(host, port).then(({ status, body }) => {
      if (status !== 200) failed.push(`${status} ${body.slice(0, 80)}`);
      else if (bodies.at(-1) !== body && !bodies.includes(body)) bodies.push(body);
    });
    flights.add(flight);
    void flight.finally(() => flights.delete(flight));
  }, everyMs);
  return async () => {
    clearInterval(timer);
    await Promise.all(flights);
    return { requests, failed, bodies };
  };
}

/** Kills who holds a lock under /var/lib/forgeboard/locks, such as the runner of an app's deployment; it has let go when this returns. */
export async function killHolder(host: TestHost, lock: string): Promise<void> {
  const script = 'kill -9 $(sed \'s/.*"pid": *\\([0-9]*\\).*/\\1/\' "$0") && flock --timeout 20 "$0" true';
  await host.run(['sh', '-c', script, `/var/lib/forgeboard/locks/${lock}`]);
}
