import { randomBytes } from 'node:crypto';
import type { App } from '../../shared/contract/apps.ts';
import type { DeploymentProgress } from '../../shared/contract/deployments.ts';
import { Failure } from '../../shared/errors.ts';
import { runbook } from '../../shared/rules/runbook.ts';
import { appSpec } from '../../shared/rules/spec.ts';
import type { Context, Handlers } from '../dispatch.ts';
import { type Answer, warmth } from '../hostkit/actions.ts';
import type { Kits } from '../hostkit/kits.ts';
import { urlOf } from '../engine/url.ts';
import { appliedSpec, knownApp } from '../engine/known-app.ts';
import { pendingOf } from '../engine/plan.ts';
import { run } from '../engine/run.ts';
import { deploymentFrom } from '../engine/records.ts';
import type { Host } from '../../shared/contract/hosts.ts';
import { configurationHandlers } from './apps/configuration.ts';
import type { Inventory } from '../store/inventory.ts';
import { removing } from './apps/removing.ts';
import { unknownApp } from './apps/unknown.ts';

export function appsFeature({ inventory, kits }: { inventory: Inventory; kits: Kits }): Handlers<'apps'> {
  return {
    ...configurationHandlers({ inventory, kits }),
    async list({ host: name }, context) {
      const host = await inventory.get(name);
      const kit = await kits.get(host, context);
      const { apps } = await kit.call('apps.list', {}, { signal: context.signal });
      return { apps: apps.map((status) => appFrom(host, status)) };
    },
    async get({ app, host: name }, context) {
      const host = await inventory.get(name);
      const kit = await kits.get(host, context);
      const [known, registry] = await Promise.all([knownApp(kit, app, context.signal), kit.call('registry.read', {}, { signal: context.signal })]);
      if (known === null) throw unknownApp(app, host);
      const { app: status, manifest, deployments } = known;
      return {
        ...appFrom(host, status),
        files: manifest?.files ?? null,
        python: manifest?.python ?? null,
        pending: pendingOf(registry.text, app, status.spec),
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
    async warm({ app, host: name }, context) {
      const kit = await kits.get(await inventory.get(name), context);
      return kit.call('apps.warm', { app }, { signal: context.signal, onEvent: async (event) => context.emit(warmth.parse(event)) });
    },
    async eject({ app, host: name }, context) {
      const host = await inventory.get(name);
      const kit = await kits.get(host, context);
      const { spec, ...facts } = await kit.call('apps.describe', { app }, { signal: context.signal });
      const applied = appSpec.safeParse(spec);
      if (!applied.success) throw new Failure('kit-mismatch', `${app} was set up by another version of ForgeBoard`, { hint: 'Update ForgeBoard on this computer.' });
      return { text: runbook(host.name, { ...facts, spec: applied.data }) };
    },
    ...removing({ inventory, kits }),
  };

  async function again(action: 'apps.restart' | 'apps.start', { app, host: name }: { app: string; host: string }, context: Context<DeploymentProgress>) {
    const began = performance.now();
    const host = await inventory.get(name);
    const kit = await kits.get(host, context);
    const spec = await appliedSpec(kit, app, context.signal);
    const token = randomBytes(12).toString('hex');
    const args = { app, actor: context.actor.name, origin: '', token };
    const done = await run(kits, { host, app, token }, () => kit.call(action, args), context.emit, context);
    return { app, ...done, url: urlOf(host, spec), ms: Math.round(performance.now() - began) };
  }
}

const iso = (seconds: number) => new Date(seconds * 1000).toISOString();

function appFrom(host: Host, status: Answer<'apps.list'>['apps'][number]): App {
  const spec = appSpec.safeParse(status.spec);
  return {
    app: status.app,
    url: spec.success ? urlOf(host, spec.data) : (status.adopted?.url ?? null),
    domains: spec.success ? spec.data.domains : [],
    state: status.state,
    release: status.release,
    slot: status.live,
    since: status.since === null ? null : iso(status.since),
    memory: status.memory,
    restarts: status.restarts,
    adopted: status.adopted === null ? null : { unit: status.adopted.unit, moved: !['taken', 'moving'].includes(status.adopted.phase) },
    deploying: status.deploying === null ? null : { ...status.deploying, since: iso(status.deploying.since) },
  };
}
