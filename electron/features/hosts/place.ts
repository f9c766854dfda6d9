import { homedir } from 'node:os';
import type { Host } from '../../../shared/contract/hosts.ts';
import { Failure } from '../../../shared/errors.ts';
import { isAlias, parseAddress } from '../../../shared/rules/address.ts';
import type { Context } from '../../dispatch.ts';
import { hostTarget } from '../../ssh/host-target.ts';
import { isConfigured, type Resolved } from '../../ssh/ssh-config.ts';

/** Where a host is, by what somebody wrote: an address, or a name of ~/.ssh/config. */
export type Place = Pick<Host, 'address' | 'port' | 'user' | 'alias' | 'agreement'>;

// What was agreed to while a server is looked at counts when it is added; it is kept with the host then.
const agreed = new Map<string, string>();

/** Reads an address, or asks ~/.ssh/config; where that would run programs, only after they were agreed to. */
export async function resolvedPlace(written: string, identity: string | null, context: Pick<Context, 'ask' | 'signal'>): Promise<Resolved & { place: Place }> {
  const parsed = parseAddress(written);
  if (!('wrong' in parsed)) {
    const place = { address: parsed.host, port: parsed.port, user: parsed.user };
    return { ...(await hostTarget({ ...place, identity }, context.signal)), place };
  }
  if (!isAlias(written) || !(await isConfigured(written, homedir()))) {
    throw new Failure('invalid', parsed.wrong, { field: 'address', ...(isAlias(written) && { hint: `No Host line of ~/.ssh/config names ${written} either.` }) });
  }
  for (;;) {
    try {
      const resolved = await hostTarget({ address: written, port: 22, user: '', identity, alias: written, agreement: agreed.get(written) }, context.signal);
      const { address, port, user } = resolved.target;
      return { ...resolved, place: { address, port, user, alias: written, ...(resolved.agreement !== undefined && { agreement: resolved.agreement }) } };
    } catch (error) {
      agreed.set(written, await agreement(written, error, context));
    }
  }
}

async function agreement(alias: string, error: unknown, context: Pick<Context, 'ask'>): Promise<string> {
  const asked = error instanceof Failure && error.problem === 'needs-input' ? error.facts : undefined;
  if (typeof asked?.agreement !== 'string' || !Array.isArray(asked.programs)) throw error;
  const answer = await context.ask({
    kind: 'confirm',
    text: `To reach ${alias}, your ssh configuration runs programs on this computer`,
    lines: [...asked.programs.map(String), 'They run as you, at each connect. You are asked again when they change.'],
    verb: 'Let them run',
  });
  if (answer === true) return asked.agreement;
  if (answer === false) throw new Failure('cancelled', `${alias} was not looked up: its programs were not agreed to`);
  throw error;
}
