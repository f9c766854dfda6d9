import { z } from 'zod';
import { applied } from './apps/configuration.ts';
import { appName, onHost } from './apps/place.ts';
import { command, query } from './operation.ts';
import { deploymentProgress } from './progress.ts';

const name = z.string().max(2000).meta({ description: 'A domain, like shop.example.com' });

const changed = applied.extend({
  domain: z.string(),
  /** The same for people, where it is an international one. */
  shown: z.string(),
});
export type DomainResult = z.output<typeof changed>;

const domain = z.object({
  domain: z.string(),
  shown: z.string(),
  url: z.string(),
  /** What it resolves to on this computer, IPv4 and IPv6. */
  addresses: z.array(z.string()),
  /** here: at this server; partly: only some of its addresses; elsewhere: at another one; nowhere: the name does not resolve; unknown: it could not be asked. */
  points: z.enum(['here', 'partly', 'elsewhere', 'nowhere', 'unknown']),
  /** Whether nginx serves it; false for one that stands in apps.yml and is not applied. */
  inForce: z.boolean(),
});
export type AppDomain = z.output<typeof domain>;

export const domains = {
  list: query({
    summary: "An app's domains, and whether each leads to its server.",
    permission: 'read',
    input: z.object({ app: appName, host: onHost }),
    output: z.object({
      domains: z.array(domain),
      /** Where the app answers without a domain. */
      ownUrl: z.string(),
      /** What a domain's A and AAAA records should say. */
      addresses: z.array(z.string()),
    }),
    cli: { positional: ['app'] },
  }),
  add: command({
    summary: 'Give a domain to an app: nginx serves it on port 80 from then on. No process is restarted.',
    permission: 'deploy',
    input: z.object({ app: appName, domain: name, host: onHost }),
    output: changed,
    event: deploymentProgress,
    cli: { positional: ['app', 'domain'] },
  }),
  remove: command({
    summary: 'Take a domain away from an app; without any it answers on its own port again.',
    permission: 'deploy',
    input: z.object({ app: appName, domain: name, host: onHost }),
    output: changed,
    event: deploymentProgress,
    cli: { positional: ['app', 'domain'] },
  }),
};
