import { randomBytes } from 'node:crypto';
import type { App } from '../../shared/contract/apps.ts';
import type { DeploymentProgress } from '../../shared/contract/deployments.ts';
import { Failure } from '../../shared/errors.ts';
import { readRegistry, withoutEntry } from '../../shared/rules/registry.ts';
import { appSpec } from '../../shared/rules/spec.ts';
import type { Context, Handlers } from '../dispatch.ts';
import type { Answer } from '../hostkit/actions.ts';
import type { Kits } from '../hostkit/kits.ts';
import { urlOf } from '../engine/url.ts';
import { knownApp, portOf } from '../engine/known-app.ts';
import { run } from '../engine/run.ts';
import { deploymentFrom } from '../engine/records.ts';
import type { Host } from '../../shared/contract/hosts.ts';
import type { Inventory } from '../store/inventory.ts';

export function appsFeature({ inventory, kits }: { inventory: Inventory; kits: Kits }): Handlers<'apps'> {
  return {
    async list({ host: name }, context) {
      const host = await inventory.get(name);
      const kit = await kits.get(host, context);
      const { apps } = await kit.call('apps.list', {}, { signal: context.signal });
      return { apps: apps.map((status) => appFrom(host, status)) };
    },
    async get({ app, host: name }, context) {
      const host = await inventory.get(name);
      const kit = await kits.get(host, context);
      const known = await knownApp(kit, app, context.signal);
      if (known === null) throw unknownApp(app, host);
      const { app: status, manifest, deployments } = known;
      return {
        ...appFrom(host, status),
        files: manifest?.files ?? null,
        python: manifest?.python ?? null,
        deployments: deployments.map(deploymentFrom),
      };
    },
    restart: (asked, context) => again('apps.restart', asked, context),
    start: (asked, context) => again('apps.start', asked, context),
    async stop({ app, host: name }, context) {
      const kit = await kits.get(await inventory.get(name), context);
      const { changed } = await kit.call('apps.stop', { app, actor: context.actor.name }, { signal: context.signal });
      return { stopped: app, changed: changed.length > 0 };
    },
    async remove({ app, host: name, yes }, context) {
      const host = await inventory.get(name);
      const kit = await kits.get(host, context);
      const [registry, known] = await Promise.all([kit.call('registry.read', {}, { signal: context.signal }), knownApp(kit, app, context.signal)]);
      const registered = readRegistry(registry.text).some(({ slug }) => slug === app);
      if (!registered && known === null) throw unknownApp(app, host);
      if (!yes) {
        const answer = await context.ask({
          kind: 'confirm',
          text: `Remove ${app} from ${name}? This cannot be undone.`,
          lines: ['Its releases, its data folder, its unit and its site go.', `/srv/forgeboard/${app}`],
          verb: `Remove ${app}`,
        });
        if (answer === undefined) throw new Failure('needs-input', `Removing ${app} waits for a yes`, { hint: 'Say it with --yes.' });
        if (answer !== true) throw new Failure('cancelled', `${app} was kept`);
      }
      const text = withoutEntry(registry.text, app);
      await kit.call('apps.remove', { app, registry: registered ? { text, digest: registry.digest } : null }, { signal: context.signal });
      return { removed: app };
    },
  };

  async function again(action: 'apps.restart' | 'apps.start', { app, host: name }: { app: string; host: string }, context: Context<DeploymentProgress>) {
    const began = performance.now();
    const host = await inventory.get(name);
    const kit = await kits.get(host, context);
    const port = await portOf(kit, app, context.signal);
    const token = randomBytes(12).toString('hex');
    const args = { app, actor: context.actor.name, origin: '', token, checkSeconds: 30, drainSeconds: 30 };
    const done = await run(kits, { host, app, token }, () => kit.call(action, args), context.emit, context);
    return { app, ...done, url: urlOf(host, port), ms: Math.round(performance.now() - began) };
  }
}

const unknownApp = (app: string, host: Host) =>
  new Failure('not-found', `There is no app called ${app} on ${host.name}`, { field: 'app', hint: `See those that are there: forgeboard apps list --host ${host.name}` });

const iso = (seconds: number) => new Date(seconds * 1000).toISOString();

function appFrom(host: Host, status: Answer<'apps.list'>['apps'][number]): App {
  const spec = appSpec.safeParse(status.spec);
  return {
    app: status.app,
    url: spec.success ? urlOf(host, spec.data.port) : null,
    state: status.state,
    release: status.release,
    slot: status.live,
    since: status.since === null ? null : iso(status.since),
    memory: status.memory,
    restarts: status.restarts,
    deploying: status.deploying === null ? null : { ...status.deploying, since: iso(status.deploying.since) },
  };
}
