import { z } from 'zod';
import { valueBytes } from '../../shared/rules/variables.ts';
import { adoptionActions, phase } from './actions/adoptions.ts';
import { changes, count, text } from './actions/values.ts';

/**
 * What the kit on a host can do: one entry an action, with the shape of what it answers. Arguments are typed by the
 * caller's side; answers are bytes from a host, so they are parsed here once and trusted inside.
 * The kit's side is forgekit/actions.py, a list of the same names (a test compares them).
 */

export const slotName = z.enum(['a', 'b']);

/** What `hosts.check` reads. Nothing in it is a judgement: those are made in shared/rules/checkup.ts. */
export const hostFacts = z.object({
  hostname: text,
  os: z.object({ id: text, version: text, name: text }),
  architecture: text,
  kernel: text,
  virtualization: text, // "none", "kvm", "systemd-nspawn", ...
  systemd: count, // major version, 0 where PID 1 is something else
  user: z.object({ name: text, uid: count }),
  pythons: z.array(z.object({ path: text, version: text, venv: z.boolean() })),
  cpus: count,
  memory: z.object({ total: count, available: count, swap: count }), // bytes
  disks: z.array(z.object({ mount: text, total: count, free: count, inodesFree: count })), // bytes
  nginx: z.object({ installed: z.boolean(), version: text, active: z.boolean(), masked: z.boolean() }),
  ports: z.array(z.object({ port: count, pid: count, process: text, unit: text })), // who listens on 80 and 443
  firewall: z.object({ kind: z.enum(['none', 'ufw', 'firewalld', 'nftables', 'iptables', 'unknown']), active: z.boolean() }),
  clock: z.object({ now: z.number(), synchronized: z.boolean().nullable() }), // seconds since 1970
  reboot: z.object({ pending: z.boolean(), packages: z.array(text) }),
  packages: z.object({ manager: z.enum(['apt', 'other']), busy: text.nullable(), installed: z.array(text) }), // busy: who holds the dpkg lock
  forgeboard: z.object({ prepared: z.boolean(), format: count, kit: text, sudoers: z.array(text), apps: count }),
});

/** One thing that prepare or uninstall does, or would do. */
export const hostStep = z.object({ name: text, text: text, changed: z.boolean() });

export const appStatus = z.object({
  app: text,
  live: slotName.nullable(),
  release: count.nullable(), // of the live slot
  state: z.enum(['live', 'starting', 'stopped', 'failed', 'never-deployed']),
  since: z.number().nullable(), // seconds since 1970 when the live unit became active
  memory: count.nullable(), // bytes, where systemd says
  restarts: count,
  deploying: z.object({ deployment: count, step: text, by: text, since: z.number() }).nullable(),
  spec: z.unknown(), // what was last applied; parsed by features/apps
  entry: z
    .string()
    .max(1 << 20)
    .nullable()
    .default(null), // the app's entry in apps.yml that it was made from
  adopted: z.object({ unit: text, phase, url: text.nullable() }).nullable().default(null), // the unit that it was taken over from
});

export const manifest = z.object({
  release: count,
  deployment: count,
  createdAt: z.number(),
  actor: text,
  origin: text,
  files: count,
  bytes: count,
  digest: text, // SHA-256 over the sorted list of path, key
  venv: text,
  python: text,
});

/** A kept release: its manifest without files and rendered texts. null is what its format did not have yet. */
const releaseRecord = manifest.extend({
  spec: z.unknown(), // parsed by engine/rollback
  entry: z
    .string()
    .max(1 << 20)
    .nullable(), // the app's entry in apps.yml that it was applied from
  commit: z.object({ id: text, message: text.nullable() }).nullable(),
  steps: z.record(z.string(), z.number()), // milliseconds
  state: z.enum(['live', 'previous', 'kept']),
});

const fileText = z.string().max(1 << 20);
const registryText = z.object({ text: z.string(), digest: text }); // digest of the bytes, '' where there is no file
const filePaths = z.array(z.string().max(4096));

/** What a deployment says while it runs, and again to whoever re-attaches. `at` is milliseconds since its start. */
export const deploymentEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('step'),
    name: text,
    status: z.enum(['running', 'done', 'failed', 'skipped']),
    at: z.number(),
    ms: z.number().optional(),
    detail: text.optional(),
  }),
  z.object({ type: z.literal('output'), step: text, text: z.string().max(65536) }),
  z.object({
    type: z.literal('end'),
    // interrupted: it was cut and taken back later; applied: a configuration is in force that no process had to start for
    outcome: z.enum(['live', 'applied', 'failed', 'unchanged', 'cancelled', 'interrupted']),
    release: count.nullable(),
    slot: slotName.nullable(),
    at: z.number(),
    failure: z.object({ problem: text, message: text, hint: text.optional(), field: text.optional(), facts: z.record(z.string(), z.unknown()).optional() }).nullable(),
    warm: z.boolean().default(false), // it started in a slot that waited with its packages imported
  }),
]);
export type DeploymentEvent = z.infer<typeof deploymentEvent>;

export const deploymentRecord = z.object({
  app: text,
  deployment: count,
  startedAt: z.number(),
  actor: text,
  token: text, // the client's own name for it, '' where it gave none
  kind: z.enum(['deploy', 'rollback', 'restart', 'start', 'variables', 'configure']),
  target: count.nullable(), // the release that it was to make live; null where it had nothing to do, or did not write it down
  changes: z.array(text).default([]), // names of settings, where it changed some
  running: z.boolean(), // somebody holds the app's lock for it right now
  end: deploymentEvent.options[2].nullable(), // null while it runs, or when it was cut
  switchedBack: z.object({ release: count.nullable(), slot: slotName, at: z.number(), reason: text }).nullable(), // its release crashed soon after
  notCold: text.nullable().default(null), // it started warm, and could not be started without that afterwards: why
});

/** How the idle slot stands while a client asks for it to be warm. memory: bytes, where the kernel says. */
export const warmth = z.object({ type: z.literal('warm'), state: z.enum(['starting', 'warm', 'waiting', 'off']), reason: text.nullable(), memory: count.nullable() });

const millis = z.number(); // since 1970
const cursor = z.string().max(4096); // a place in a log, of all its sources
export const logLine = z.object({
  at: millis,
  level: z.enum(['error', 'warning', 'info', 'debug']),
  process: text, // or nginx:access, nginx:error, or what calls itself so in the host's journal
  slot: text,
  pid: count,
  text: z.string().max(65536),
  trace: z.boolean(), // it is part of a traceback
  release: count.nullable(), // that ran there then
  request: z.object({ method: text, path: text, status: count, bytes: count, ms: count.nullable(), address: text, agent: text, referer: text }).nullable(),
});

/** What `logs.read` and `logs.older` emit. A cursor names the place behind what it comes with. */
export const logEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('start'), cursor, begun: z.boolean() }), // the place before the first line; begun: nothing is before
  z.object({ type: z.literal('lines'), lines: z.array(logLine), cursor: cursor.nullable() }),
  z.object({ type: z.literal('left'), reason: z.enum(['rate', 'journald']), at: millis, lines: count, bytes: count, cursor: cursor.nullable() }),
]);
export type LogEvent = z.infer<typeof logEvent>;

/** One second of a host: shares of all processors (apps: of one), bytes, bytes a second. */
export const metricSample = z.object({
  at: z.number(), // seconds since 1970
  cpu: z.object({ used: z.number(), cores: count, load: z.tuple([z.number(), z.number(), z.number()]) }),
  memory: z.object({ used: z.number(), total: z.number(), swapUsed: z.number() }),
  disk: z.object({ used: z.number(), total: z.number(), readRate: z.number(), writeRate: z.number() }),
  network: z.object({ inRate: z.number(), outRate: z.number() }),
  uptime: z.number(),
  apps: z.array(z.object({ app: text, cpu: z.number(), memory: z.number() })),
});

const nameChanges = { added: z.array(text), changed: z.array(text), removed: z.array(text) };
/** Everything of an app on its host: what the runbook is written from. Values of variables are not among it. */
const ejected = z.object({
  app: text,
  spec: z.unknown(), // parsed by features/apps
  user: z.object({ name: text, uid: count, gid: count }).nullable(),
  live: slotName.nullable(),
  release: count.nullable(),
  previous: count.nullable(),
  boot: z.boolean(),
  files: z.array(z.object({ path: text, mode: count, text: z.string().max(1 << 18) })),
  folders: z.array(z.object({ path: text, mode: count, owner: text })),
  releases: z.array(z.object({ release: count, createdAt: z.number(), actor: text, venv: text, python: text.nullable() })), // newest first
  slots: z.array(z.object({ slot: slotName, release: count.nullable(), venv: text, variables: text })),
  variables: z.object({ file: text, names: z.array(text) }).nullable(),
});

/** An app that was removed, as its archive tells; put back by `apps.restore` until then. */
const removedApp = z.object({
  archive: text,
  app: text,
  removedAt: z.number(), // seconds since 1970
  by: text,
  size: count, // bytes of the archive
  until: z.number(),
  release: count.nullable(),
  files: count,
  bytes: count, // unpacked
  spec: z.unknown(), // parsed by engine/restore
  entry: z
    .string()
    .max(1 << 20)
    .nullable(),
  texts: z.record(z.string().max(4096), z.string().max(1 << 20)), // unit, site and the like by path
});

export const actions = {
  'hosts.check': hostFacts,
  'hosts.prepare': z.object({ steps: z.array(hostStep) }),
  'hosts.uninstall': z.object({ steps: z.array(hostStep) }),
  'kit.install': z.object({ changed: z.boolean() }),
  'registry.read': registryText,
  'apps.list': z.object({ apps: z.array(appStatus) }),
  'apps.get': z.object({ app: appStatus, manifest: manifest.nullable(), deployments: z.array(deploymentRecord) }),
  'apps.remove': changes.extend({ archive: text.nullable() }),
  'apps.removed': z.object({ apps: z.array(removedApp), listening: z.array(count), free: count }), // listening: TCP ports that are taken; free: bytes for more archives
  'apps.purge': changes,
  'apps.restore': z.object({ deployment: count }),
  'apps.describe': ejected,
  'apps.restart': z.object({ deployment: count }),
  'apps.start': z.object({ deployment: count }),
  'apps.stop': changes,
  'apps.warm': z.object({ warmed: count }), // emits warmth
  ...adoptionActions,
  'configuration.read': z.object({
    applied: z.object({ spec: z.unknown(), files: z.record(text, fileText), entry: fileText.nullable() }).nullable(), // spec: parsed by engine/plan
    files: z.array(z.object({ path: text, text: fileText })), // what the app has in /etc now
    state: text, // digest of both
    live: slotName.nullable(),
    serves: z.boolean(), // a process has to start anew where its unit changes
    memory: z.object({ used: count.nullable(), total: count }), // bytes
    pythons: z.array(text), // "3.11"
    addresses: z.array(text),
    clock: z.object({ at: z.number(), offset: z.number(), zone: text }), // seconds since 1970, seconds east of UTC, its name
    names: z.array(z.object({ name: text, file: text })), // server names of all of nginx, where asked for
  }),
  'configuration.apply': z.object({ deployment: count.nullable() }), // null: only the registry was written
  // partial: bytes that are there of some that are missing; applied: what is in force, its spec parsed by engine/release
  'releases.offer': z.object({
    missing: z.array(text),
    partial: z.record(text, count),
    registry: registryText,
    applied: z.object({ spec: z.unknown(), entry: fileText.nullable(), digest: text }).nullable(),
  }),
  'releases.list': z.object({ releases: z.array(releaseRecord) }), // newest first
  'releases.compare': z.object({
    added: filePaths,
    removed: filePaths,
    changed: filePaths,
    more: count,
    before: z.unknown(),
    after: z.unknown(),
    variables: z.object(nameChanges).nullable(),
  }),
  'objects.put': z.object({ stored: count, bytes: count }),
  'deployments.start': z.object({ deployment: count }),
  'deployments.rollback': z.object({ deployment: count }),
  'deployments.follow': z.object({ events: count }),
  'deployments.get': deploymentRecord,
  'deployments.cancel': z.object({ cancelled: z.boolean() }),
  'variables.list': z.object({
    version: count, // 0: none were ever set
    live: count.nullable(), // what the live slot runs
    serves: z.boolean(), // a change restarts the app
    at: z.number().nullable(),
    actor: text.nullable(),
    variables: z.array(z.object({ name: text, secret: z.boolean(), value: z.string().max(valueBytes).nullable(), version: count, at: z.number().nullable() })),
  }),
  'variables.history': z.object({
    versions: z.array(z.object({ version: count, at: z.number().nullable(), actor: text.nullable(), ...nameChanges, restored: count.nullable(), live: z.boolean() })),
  }),
  'variables.addresses': z.object({
    addresses: z.array(
      z.object({ name: text, kind: z.enum(['postgres', 'mysql', 'redis', 'mongodb', 'amqp']), host: text, port: z.number().int().min(1).max(65_535), user: text, database: text }),
    ),
  }),
  'variables.change': z.object({ deployment: count.nullable(), version: count, ...nameChanges }),
  'logs.sources': z.object({ processes: z.array(text), nginx: z.array(z.enum(['nginx:access', 'nginx:error'])) }),
  'logs.read': z.object({ lines: count }),
  'logs.older': z.object({ cursor, begun: z.boolean(), reached: millis }),
  'metrics.follow': z.object({ samples: count }),
} as const;

export type Action = keyof typeof actions;
export type Answer<A extends Action> = z.infer<(typeof actions)[A]>;
