import { z } from 'zod';

/**
 * What the kit on a host can do: one entry an action, with the shape of what it answers. Arguments are typed by the
 * caller's side; answers are bytes from a host, so they are parsed here once and trusted inside.
 * The kit's side is forgekit/actions.py, a list of the same names (a test compares them).
 */
const text = z.string().max(4096);
const count = z.number().int().nonnegative();

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
    outcome: z.enum(['live', 'failed', 'unchanged', 'cancelled', 'interrupted']), // interrupted: it was cut and taken back later
    release: count.nullable(),
    slot: slotName.nullable(),
    at: z.number(),
    failure: z.object({ problem: text, message: text, hint: text.optional(), facts: z.record(z.string(), z.unknown()).optional() }).nullable(),
  }),
]);
export type DeploymentEvent = z.infer<typeof deploymentEvent>;

export const deploymentRecord = z.object({
  app: text,
  deployment: count,
  startedAt: z.number(),
  actor: text,
  token: text, // the client's own name for it, '' where it gave none
  kind: z.enum(['deploy', 'rollback', 'restart', 'start']),
  running: z.boolean(), // somebody holds the app's lock for it right now
  end: deploymentEvent.options[2].nullable(), // null while it runs, or when it was cut
  switchedBack: z.object({ release: count.nullable(), slot: slotName, at: z.number(), reason: text }).nullable(), // its release crashed soon after
});

export const logLine = z.object({
  at: z.number(), // milliseconds since 1970
  level: z.enum(['error', 'warning', 'info', 'debug']),
  process: text,
  slot: text,
  pid: count,
  text: z.string().max(65536),
});

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

const changes = z.object({ changed: z.array(text) });

export const actions = {
  'hosts.check': hostFacts,
  'hosts.prepare': z.object({ steps: z.array(hostStep) }),
  'hosts.uninstall': z.object({ steps: z.array(hostStep) }),
  'kit.install': z.object({ changed: z.boolean() }),
  'registry.read': z.object({ text: z.string(), digest: text }), // digest of the bytes, '' where there is no file
  'apps.list': z.object({ apps: z.array(appStatus) }),
  'apps.get': z.object({ app: appStatus, manifest: manifest.nullable(), deployments: z.array(deploymentRecord) }),
  'apps.remove': changes,
  'apps.restart': z.object({ deployment: count }),
  'apps.start': z.object({ deployment: count }),
  'apps.stop': changes,
  'releases.offer': z.object({ missing: z.array(text), current: text.nullable() }), // current: digest of the live release's files
  'releases.list': z.object({ releases: z.array(releaseRecord) }), // newest first
  'releases.compare': z.object({ added: filePaths, removed: filePaths, changed: filePaths, more: count, before: z.unknown(), after: z.unknown() }),
  'objects.put': z.object({ stored: count, bytes: count }),
  'deployments.start': z.object({ deployment: count }),
  'deployments.rollback': z.object({ deployment: count }),
  'deployments.follow': z.object({ events: count }),
  'deployments.get': deploymentRecord,
  'deployments.cancel': z.object({ cancelled: z.boolean() }),
  'logs.read': z.object({ lines: count }),
  'metrics.follow': z.object({ samples: count }),
} as const;

export type Action = keyof typeof actions;
export type Answer<A extends Action> = z.infer<(typeof actions)[A]>;
