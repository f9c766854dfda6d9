import { randomBytes } from 'node:crypto';
import { Failure } from '../../shared/errors.ts';
import { foundApps } from '../../shared/rules/adoptions/found.ts';
import type { Context, Handlers } from '../dispatch.ts';
import { movePlanOf, returnPlanOf, seen, takePlanOf } from '../engine/adopt.ts';
import { run } from '../engine/run.ts';
import type { Kits } from '../hostkit/kits.ts';
import type { Inventory } from '../store/inventory.ts';

/** Apps that run on a server already: found, taken over, moved into slots, given back. */
export function adoptionsFeature({ inventory, kits }: { inventory: Inventory; kits: Kits }): Handlers<'adoptions'> {
  return {
    async scan({ host: name }, context) {
      const host = await inventory.get(name);
      const { facts, entries } = await seen(await kits.get(host, context), context.signal);
      return { found: foundApps(facts, entries, host.address) };
    },
    async take({ unit, host: name, app, ...asked }, context) {
      const host = await inventory.get(name);
      const kit = await kits.get(host, context);
      const { args, ...plan } = await takePlanOf(kit, { unit, app }, { host, signal: context.signal });
      if (!(await agreed(plan, asked, `Take over ${unit} as ${plan.app}?`, 'Take over', context))) return { ...plan, done: false };
      const { pid } = await kit.call('adoptions.take', { ...args, actor: context.actor.name }, { signal: context.signal });
      return { ...plan, done: true, pid };
    },
    async move({ app, host: name, folder, ...asked }, context) {
      const began = performance.now();
      const host = await inventory.get(name);
      const kit = await kits.get(host, context);
      const { args, spec, ...plan } = await movePlanOf(kit, { app, folder }, { host, signal: context.signal });
      const ms = () => Math.round(performance.now() - began);
      if (!(await agreed(plan, asked, `Move ${app} to slots?`, 'Move it', context))) return { ...plan, done: false, deployment: null, release: null, ms: ms() };
      const token = randomBytes(12).toString('hex');
      const start = { ...args, actor: context.actor.name, origin: String(args.folder), token };
      const done = await run(kits, { host, app, token }, () => kit.call('adoptions.move', start), context.emit, context);
      return { ...plan, done: true, deployment: done.deployment, release: done.release, ms: ms() };
    },
    async giveback({ app, host: name, ...asked }, context) {
      const host = await inventory.get(name);
      const kit = await kits.get(host, context);
      const { args, ...plan } = await returnPlanOf(kit, app, { host, signal: context.signal });
      if (!(await agreed(plan, asked, `Give ${app} back to ${plan.unit}?`, 'Give it back', context))) return { ...plan, done: false, archive: null };
      const { archive, pid } = await kit.call('adoptions.giveback', { ...args, actor: context.actor.name }, { signal: context.signal });
      return { ...plan, done: true, archive, pid };
    },
  };
}

interface Shown {
  app: string;
  effects: string[];
  warnings: string[];
  obstacles: string[];
  files: { path: string; diff: string }[];
  digest: string;
}

/** Whether it is to be done, after the plan was shown and accepted. @throws Failure conflict, needs-input, cancelled */
async function agreed(
  plan: Shown,
  { plan: only, yes, digest }: { plan: boolean; yes: boolean; digest?: string | undefined },
  text: string,
  verb: string,
  context: Pick<Context, 'ask'>,
): Promise<boolean> {
  if (only) return false;
  const [why] = plan.obstacles;
  if (why !== undefined) throw new Failure('conflict', `${plan.app} cannot move to slots as it is. ${why}`, { hint: 'Nothing was changed.', facts: { obstacles: plan.obstacles } });
  if (digest !== undefined && digest !== plan.digest)
    throw new Failure('conflict', `What ${plan.app} is on the server changed since the plan`, { hint: 'Look at the new plan.', facts: { digest: plan.digest } });
  if (yes || digest !== undefined) return true;
  const lines = [...plan.effects, ...plan.warnings.map((warning) => `! ${warning}`), ...plan.files.flatMap(({ path, diff }) => ['', path, ...diff.trimEnd().split('\n')])];
  const answer = await context.ask({ kind: 'confirm', text, lines, verb });
  if (answer === undefined) throw new Failure('needs-input', `"${verb}" waits for a yes`, { hint: 'See what it does with --plan. Say yes with --yes.' });
  if (answer !== true) throw new Failure('cancelled', 'Nothing was changed');
  return true;
}
