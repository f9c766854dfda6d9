import { Failure } from '../../../shared/errors.ts';
import { givenSettings } from '../../../shared/rules/given-settings.ts';
import { planLines } from '../../../shared/rules/plan.ts';
import { readRegistry } from '../../../shared/rules/registry.ts';
import { defaultWords, settingForms, settingsIn } from '../../../shared/rules/setting-words.ts';
import { type AppSpec, appSpec } from '../../../shared/rules/spec.ts';
import { foundIn, wantedSpec } from '../../../shared/rules/wanted.ts';
import type { Handlers } from '../../dispatch.ts';
import { applyPlan } from '../../engine/apply.ts';
import { madePlan, type MadePlan } from '../../engine/plan.ts';
import type { Kits } from '../../hostkit/kits.ts';
import type { Inventory } from '../../store/inventory.ts';

type Configuration = Pick<Handlers<'apps'>, 'plan' | 'apply' | 'settings'>;

/** What is wanted of an app beside its code: looking at it, planning and applying it. */
export function configurationHandlers({ inventory, kits }: { inventory: Inventory; kits: Kits }): Configuration {
  return {
    async plan({ app, host: name, set, unset }, context) {
      const kit = await kits.get(await inventory.get(name), context);
      return shownPlan(app, await madePlan(kit, { app, host: name, change: (entry) => givenSettings(set, unset, entry) }, context.signal));
    },
    async apply({ app, host: name, set, unset, digest, yes }, context) {
      const host = await inventory.get(name);
      const kit = await kits.get(host, context);
      const plan = await madePlan(kit, { app, host: name, change: (entry) => givenSettings(set, unset, entry) }, context.signal);
      if (digest !== undefined && digest !== plan.digest) {
        throw new Failure('conflict', `What ${app} is on ${name} changed since the plan`, { hint: 'Look at the new plan and apply that.', facts: { digest: plan.digest } });
      }
      if (plan.changes > 0 && digest === undefined && !yes) {
        const answer = await context.ask({ kind: 'confirm', text: `Apply this to ${app} on ${name}?`, lines: planLines(plan), verb: 'Apply' });
        if (answer === undefined) throw new Failure('needs-input', `Applying it to ${app} waits for a yes`, { hint: 'See what it does with: apps plan. Say yes with --yes.' });
        if (answer !== true) throw new Failure('cancelled', 'Nothing was changed');
      }
      return applyPlan(kits, { host, app, plan, actor: context.actor.name }, context.emit, context);
    },
    async settings({ app, host: name }, context) {
      const kit = await kits.get(await inventory.get(name), context);
      const [registry, now] = await Promise.all([kit.call('registry.read', {}, { signal: context.signal }), kit.call('configuration.read', { app }, { signal: context.signal })]);
      const applied = appSpec.safeParse(now.applied?.spec);
      return described(app, name, registry.text, applied.success ? applied.data : null);
    },
  };
}

export function shownPlan(app: string, { changes, settings, files, effect, effects, warnings, digest }: MadePlan) {
  return { app, changes, settings, files, effect, effects, warnings, digest };
}

function described(app: string, host: string, registry: string, applied: AppSpec | null) {
  const found = applied === null ? { settings: {}, requirements: [] } : foundIn(applied);
  let entry: Record<string, unknown> = {};
  let wanted = applied;
  let problem: { field: string | null; message: string } | null = null;
  try {
    const written = readRegistry(registry).find(({ slug }) => slug === app);
    if (written === undefined && applied === null) throw new Failure('not-found', `${host} knows no app ${app}`, { field: 'app' });
    entry = written ?? {};
    if (written !== undefined) wanted = wantedSpec(app, written, found, applied?.port ?? 0);
  } catch (error) {
    if (!(error instanceof Failure) || error.problem === 'not-found') throw error;
    problem = { field: error.field ?? null, message: error.message };
  }
  const [now, said, plain] = [applied, wanted, bare(applied ?? wanted)].map((spec) => (spec === null ? new Map<string, string | null>() : settingsIn(spec)));
  const settings = settingForms.map(({ name, description, form }) => {
    const inEntry = entry[name] !== undefined && entry[name] !== null && entry[name] !== '';
    const from = inEntry ? ('apps.yml' as const) : name in found.settings ? ('folder' as const) : ('default' as const);
    const value = said?.get(name) ?? null;
    const inForce = now?.get(name) ?? null;
    return {
      name,
      value,
      from,
      fallback: plain?.get(name) ?? defaultWords[name] ?? null,
      inForce: applied !== null && inForce !== value ? (inForce ?? '') : null,
      form,
      description,
    };
  });
  return { settings, problem };
}

/** The same app where nobody says anything of it. */
function bare(spec: AppSpec | null): AppSpec | null {
  if (spec === null) return null;
  const own = { type: spec.type, entry_point: spec.entrypoint || undefined, command: spec.command || undefined };
  const processes = spec.type === 'worker' ? { processes: Object.fromEntries(spec.processes.map(({ name, command }) => [name, command])) } : {};
  const bared = { settings: Object.fromEntries(Object.entries({ ...own, ...processes }).filter(([, value]) => value !== undefined)), requirements: [] };
  try {
    return wantedSpec(spec.app, { slug: spec.app }, bared, spec.port);
  } catch {
    return null; // A worker of schedules only: it has no settings of its own besides them.
  }
}
