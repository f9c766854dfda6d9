import { type Host, type Progress, progress } from '../../shared/contract/hosts.ts';
import { Failure } from '../../shared/errors.ts';
import { checkup } from '../../shared/rules/checkup.ts';
import { preparedHost } from '../../shared/rules/prepared.ts';
import type { Context, Handlers } from '../dispatch.ts';
import type { Kits } from '../hostkit/kits.ts';
import { packKit } from '../hostkit/pack.ts';
import { hostTarget } from '../ssh/host-target.ts';
import type { KnownHosts } from '../ssh/known-hosts.ts';
import type { Inventory } from '../store/inventory.ts';
import { probe } from './hosts/probe.ts';
import type { HostStates } from './hosts/states.ts';
import { resolvedPlace } from './hosts/place.ts';
import { suggest } from './hosts/suggest.ts';
import { trust } from './hosts/trust.ts';
import { watch } from './hosts/watch.ts';

export interface HostsParts {
  inventory: Inventory;
  kits: Kits;
  knownHosts: KnownHosts;
  states: HostStates;
  /** Forgets what else is kept of a host: secrets, and which folders went there. */
  forget(host: string): Promise<void>;
}

export function hostsFeature({ inventory, kits, knownHosts, states, forget }: HostsParts): Handlers<'hosts'> {
  return {
    async add({ name, address, identity, fingerprint }, context) {
      if ((await inventory.list()).some((known) => known.name === name)) {
        throw new Failure('exists', `A server called ${name} is known already`, { field: 'name', hint: `Forget it first: forgeboard hosts remove ${name}` });
      }
      const { place, target, notes } = await resolvedPlace(address, identity ?? null, context);
      const host: Host = { name, ...place, identity: identity ?? null, addedAt: new Date().toISOString() };
      const trusted = await trust(host, target, fingerprint, { knownHosts, credentials: kits.credentials(host, context) }, context);
      await inventory.add(host);
      return { ...host, fingerprint: trusted, notes };
    },
    list: async () => ({ hosts: await inventory.list() }),
    get: ({ name }) => inventory.get(name),
    async check({ name }, context) {
      const kit = await kits.get(await inventory.get(name), context);
      const facts = await kit.call('hosts.check', {}, { signal: context.signal });
      const findings = checkup(facts, Date.now() / 1000);
      return { ready: findings.every(({ level }) => level !== 'stop'), prepared: facts.forgeboard.prepared, findings };
    },
    probe: async ({ address }, context) => {
      const { place, target } = await resolvedPlace(address, null, context);
      const credentials = kits.credentials({ ...place, name: address, identity: null, addedAt: '' }, context);
      return probe(target, { knownHosts, credentials, name: address }, context);
    },
    suggest: () => suggest(),
    watch: async ({ name }, context) => watch(kits, await inventory.get(name), context),
    async states(_input, context) {
      await states.follow(context);
      return {};
    },
    async connect({ name }, context) {
      await kits.connect(await inventory.get(name), context);
      return { connected: true };
    },
    async prepare({ name, plan, yes }, context) {
      const host = await inventory.get(name);
      const kit = await kits.get(host, context);
      const blockers = checkup(await kit.call('hosts.check', {}, { signal: context.signal }), Date.now() / 1000).filter(({ level }) => level === 'stop');
      const [first] = blockers;
      if (first !== undefined) {
        throw new Failure(
          first.subject === 'Web' ? 'port-taken' : first.subject === 'Python' ? 'missing-requirement' : 'unsupported',
          `${name} cannot be prepared: ${first.text}`,
          { hint: first.hint ?? undefined },
        );
      }
      // Whom ~/.ssh/config signs in as today: the sudo rule is for that user.
      const { target } = await hostTarget(host, context.signal);
      const wanted = preparedHost(target.user);
      return planned({ name, plan, yes, verb: 'Prepare' }, context, (dry, onEvent) =>
        kit.call('hosts.prepare', { ...wanted, dry }, { body: packKit().bytes, onEvent, signal: context.signal }),
      );
    },
    async remove({ name }) {
      await inventory.remove(name);
      kits.close(name);
      await forget(name);
      return { removed: name };
    },
    async uninstall({ name, plan, yes }, context) {
      const kit = await kits.get(await inventory.get(name), context);
      const result = await planned({ name, plan, yes, verb: 'Uninstall' }, context, (dry, onEvent) => kit.call('hosts.uninstall', { dry }, { onEvent, signal: context.signal }));
      if (result.done) kits.close(name);
      return result;
    },
  };
}

/** Shows the plan, asks, does it. With `plan` it is only shown, with `yes` only done. */
async function planned(
  asked: { name: string; plan: boolean; yes: boolean; verb: string },
  context: Context<Progress>,
  run: (dry: boolean, onEvent: (event: unknown) => void) => Promise<{ steps: { name: string; text: string; changed: boolean }[] }>,
) {
  const { steps } = await run(true, () => {});
  const pending = steps.filter(({ changed }) => changed);
  if (asked.plan || pending.length === 0) return { done: pending.length === 0, changes: pending.length, steps };
  if (!asked.yes) {
    const lines = pending.map(({ text }) => text);
    const answer = await context.ask({ kind: 'confirm', text: `${asked.verb} ${asked.name}:`, lines, verb: asked.verb });
    if (answer === undefined)
      throw new Failure('needs-input', `${asked.name}: ${pending.length} changes wait for a yes`, { hint: 'See them with --plan, do them with --yes.', facts: { steps } });
    if (answer !== true) throw new Failure('cancelled', `Nothing was changed on ${asked.name}`);
  }
  const { steps: done } = await run(false, (event) => void context.emit(progress.parse(event)));
  return { done: true, changes: done.filter(({ changed }) => changed).length, steps: done };
}
