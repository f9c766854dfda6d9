import { lookup } from 'node:dns/promises';
import { domainToASCII, domainToUnicode } from 'node:url';
import type { DeploymentProgress } from '../../shared/contract/deployments.ts';
import type { AppDomain, DomainResult } from '../../shared/contract/domains.ts';
import { Failure } from '../../shared/errors.ts';
import { domainRule, domainSettings, domainsOf, pointsOf, tidyDomain } from '../../shared/rules/domains.ts';
import { readRegistry } from '../../shared/rules/registry.ts';
import { appSpec } from '../../shared/rules/spec.ts';
import type { Context, Handlers } from '../dispatch.ts';
import { applyPlan } from '../engine/apply.ts';
import { madePlan } from '../engine/plan.ts';
import { portUrl } from '../engine/url.ts';
import type { Kits } from '../hostkit/kits.ts';
import type { Inventory } from '../store/inventory.ts';

/** How long a name is asked for: a resolver that is silent must not hold the page up. */
const lookupMs = 4000;

export function domainsFeature({ inventory, kits }: { inventory: Inventory; kits: Kits }): Handlers<'domains'> {
  return {
    async list({ app, host: name }, context) {
      const host = await inventory.get(name);
      const kit = await kits.get(host, context);
      const [registry, now] = await Promise.all([kit.call('registry.read', {}, { signal: context.signal }), kit.call('configuration.read', { app }, { signal: context.signal })]);
      const entry = readRegistry(registry.text).find(({ slug }) => slug === app);
      const applied = appSpec.safeParse(now.applied?.spec);
      if (entry === undefined && !applied.success) throw new Failure('not-found', `There is no app called ${app} on ${name}`, { field: 'app' });
      const inForce = applied.success ? applied.data.domains : [];
      const all = [...new Set([...inForce, ...(entry === undefined ? [] : domainsOf(entry, `${app} in apps.yml`))])];
      const own = new Set([...now.addresses, ...((await resolved(host.address)) ?? [])]);
      return {
        domains: await Promise.all(all.map(async (domain) => described(domain, inForce.includes(domain), own))),
        ownUrl: portUrl(host, applied.success ? applied.data.port : (entry?.port ?? 80)),
        addresses: [...own].filter((address) => !isPrivate(address)),
      };
    },
    async add({ app, domain: typed, host }, context) {
      const { domain, dropped } = checked(typed);
      if (dropped.length > 0) await context.emit({ type: 'note', text: `${dropped.join(' and ')} left away: a domain is a name alone, ${domain}` });
      return change(app, host, domain, (names) => (names.includes(domain) ? names : [...names, domain]), context);
    },
    async remove({ app, domain: typed, host }, context) {
      const { domain } = checked(typed);
      return change(
        app,
        host,
        domain,
        (names) => {
          if (!names.includes(domain))
            throw new Failure('not-found', `${app} has no domain ${domain}`, { field: 'domain', ...(names.length > 0 && { hint: `There are: ${names.join(', ')}` }) });
          return names.filter((name) => name !== domain);
        },
        context,
      );
    },
  };

  async function change(app: string, name: string, domain: string, to: (names: string[]) => string[], context: Context<DeploymentProgress>): Promise<DomainResult> {
    const host = await inventory.get(name);
    const kit = await kits.get(host, context);
    const request = {
      app,
      host: name,
      change: (entry: Record<string, unknown>) => {
        const names = domainsOf(entry, `${app} in apps.yml`);
        const wanted = to(names);
        return wanted.join() === names.join() ? {} : domainSettings(entry, wanted);
      },
    };
    const plan = await madePlan(kit, request, context.signal);
    // What else somebody wrote there is not applied in passing: that has a plan of its own.
    const other = plan.settings.find((one) => one.name !== 'domains' && one.name !== 'domain');
    if (other !== undefined) {
      throw new Failure('conflict', `apps.yml has changes of ${app} that are not applied, such as ${other.name}`, {
        hint: `Apply or undo them first: forgeboard apps plan ${app} --host ${name}`,
      });
    }
    const done = await applyPlan(kits, { host, app, plan, actor: context.actor.name }, context.emit, context);
    return { ...done, domain, shown: domainToUnicode(domain) };
  }
}

/** A domain as it is kept, from what was typed. @throws Failure invalid on field domain */
function checked(typed: string): { domain: string; dropped: string[] } {
  const { domain: tidy, dropped } = tidyDomain(typed);
  // The URL rules of international names map look-alikes and refuse what no registry gives out; "" is a refusal.
  const domain = /^[\p{L}\p{M}\p{N}.\u3002-]+$/u.test(tidy) ? domainToASCII(tidy) || tidy : tidy;
  const wrong = domainRule(domain);
  if (wrong !== null) throw new Failure('invalid', wrong, { field: 'domain' });
  return { domain, dropped };
}

async function described(domain: string, inForce: boolean, own: ReadonlySet<string>): Promise<AppDomain> {
  const addresses = await resolved(domain);
  return { domain, shown: domainToUnicode(domain), url: `http://${domain}/`, addresses: addresses ?? [], points: pointsOf(addresses, own), inForce };
}

/** Addresses of a name as this computer sees them, [] where there is no such name, null where nobody answered in time. */
async function resolved(name: string): Promise<string[] | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, lookupMs, null);
  });
  const asked = lookup(name, { all: true }).then(
    (found) => [...new Set(found.map(({ address }) => address))],
    (error: NodeJS.ErrnoException) => (error.code === 'ENOTFOUND' || error.code === 'ENODATA' ? [] : null),
  );
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}

const isPrivate = (address: string) => /^(127\.|10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.|::1$|f[cd]|fe[89ab])/i.test(address);
