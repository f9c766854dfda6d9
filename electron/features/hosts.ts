import { type Host, type Progress, progress } from '../../shared/contract/hosts.ts';
import { Failure } from '../../shared/errors.ts';
import { parseAddress } from '../../shared/rules/address.ts';
import { checkup } from '../../shared/rules/checkup.ts';
import { preparedHost } from '../../shared/rules/prepared.ts';
import type { Context, Handlers } from '../dispatch.ts';
import type { Kits } from '../hostkit/kits.ts';
import { packKit } from '../hostkit/pack.ts';
import type { KnownHosts } from '../ssh/known-hosts.ts';
import type { Inventory } from '../store/inventory.ts';
import { probe } from './hosts/probe.ts';
import type { HostStates } from './hosts/states.ts';
import { suggest } from './hosts/suggest.ts';
import { watch } from './hosts/watch.ts';

export interface HostsParts {
  inventory: Inventory;
  kits: Kits;
  knownHosts: KnownHosts;
  states: HostStates;
  /** Forgets what the keyring holds for a host. */
  forgetSecrets(host: string): Promise<void>;
}

export function hostsFeature({ inventory, kits, knownHosts, states, forgetSecrets }: HostsParts): Handlers<'hosts'> {
  return {
    async add({ name, address, identity, fingerprint }, context) {
      const place = parseAddress(address);
      if ('wrong' in place) throw new Failure('invalid', place.wrong, { field: 'address' });
      if ((await inventory.list()).some((known) => known.name === name)) {
        throw new Failure('exists', `A server called ${name} is known already`, { field: 'name', hint: `Forget it first: forgeboard hosts remove ${name}` });
      }
      const host: Host = { name, user: place.user, address: place.host, port: place.port, identity: identity ?? null, addedAt: new Date().toISOString() };
      const trusted = await trust(host, fingerprint, context);
      await inventory.add(host);
      return { ...host, fingerprint: trusted };
    },
    list: async () => ({ hosts: await inventory.list() }),
    get: ({ name }) => inventory.get(name),
    async check({ name }, context) {
      const kit = await kits.get(await inventory.get(name), context);
      const facts = await kit.call('hosts.check', {}, { signal: context.signal });
      const findings = checkup(facts, Date.now() / 1000);
      return { ready: findings.every(({ level }) => level !== 'stop'), prepared: facts.forgeboard.prepared, findings };
    },
    probe: ({ address }, context) => probe(knownHosts, address, context.signal),
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
      const wanted = preparedHost(host.user);
      return planned({ name, plan, yes, verb: 'Prepare' }, context, (dry, onEvent) =>
        kit.call('hosts.prepare', { ...wanted, dry }, { body: packKit().bytes, onEvent, signal: context.signal }),
      );
    },
    async remove({ name }) {
      await inventory.remove(name);
      kits.close(name);
      await forgetSecrets(name);
      return { removed: name };
    },
    async uninstall({ name, plan, yes }, context) {
      const kit = await kits.get(await inventory.get(name), context);
      const result = await planned({ name, plan, yes, verb: 'Uninstall' }, context, (dry, onEvent) => kit.call('hosts.uninstall', { dry }, { onEvent, signal: context.signal }));
      if (result.done) kits.close(name);
      return result;
    },
  };

  /** Makes sure that it is the right server and that it lets us in. Returns the fingerprint that is trusted from now on. */
  async function trust(host: Host, given: string | undefined, context: Context): Promise<string> {
    const { connect, findHostKey } = await import('../ssh/connect.ts');
    const { readIdentity } = await import('../ssh/identity.ts');
    const target = { address: host.address, port: host.port, user: host.user, identity: host.identity ?? undefined };
    if (host.identity !== null) await readIdentity(host.identity);
    const credentials = kits.credentials(host, context);
    const options = { credentials, name: host.name, signal: context.signal };
    let fingerprint = given;
    if (fingerprint === undefined) {
      try {
        const known = await connect(target, { ...options, hostKeys: { known: knownHosts } });
        known.close();
        await credentials.accepted();
        return known.handshake.hostKey.fingerprint;
      } catch (error) {
        fingerprint = await confirmed(host, error, context);
      }
    }
    const key = await findHostKey(target, fingerprint, { signal: context.signal });
    // Pinned: the server that logs us in is the one whose key was compared, or nothing is sent to it.
    const pinned = await connect(target, { ...options, hostKeys: { pinned: key.fingerprint, type: key.type } });
    pinned.close();
    // A fingerprint from elsewhere is the one thing that may overrule a key that was known before.
    if (given === undefined) await knownHosts.accept(host.address, host.port, key);
    else await knownHosts.replace(host.address, host.port, key);
    await credentials.accepted();
    return key.fingerprint;
  }
}

/** Asks whether an unknown key is the right one; every other failure, and nobody to ask, is thrown on. */
async function confirmed(host: Host, error: unknown, context: Context): Promise<string> {
  const fingerprint = error instanceof Failure && error.problem === 'host-key-unknown' ? error.facts?.fingerprint : undefined;
  if (!(error instanceof Failure) || typeof fingerprint !== 'string') throw error;
  const answer = await context.ask({
    kind: 'confirm',
    text: `${host.name} (${host.address}) is new here. Its host key is ${fingerprint}`,
    lines: [error.hint ?? '', 'Nothing has been sent to it yet.'],
    verb: 'Trust this key',
  });
  if (answer === true) return fingerprint;
  if (answer === false) throw new Failure('cancelled', `${host.name} was not added`);
  throw new Failure('host-key-unknown', error.message, { ...error, hint: `${error.hint} Then give it: --fingerprint ${fingerprint}` });
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
