import { createHash } from 'node:crypto';
import { addressRule, formatAddress, isAlias } from '../../shared/rules/address.ts';
import { Failure } from '../../shared/errors.ts';
import { visible } from '../../shared/rules/visible.ts';
import { type Places, usualPlaces } from './ssh-config/files.ts';
import { jumpsOf } from './ssh-config/jumps.ts';
import { aliases, type Asked, type FileCache, isNamed, readConfig, runningLines } from './ssh-config/read.ts';
import { askSsh, systemSsh } from './ssh-config/system.ts';
import { type Draft, draftOf } from './ssh-config/target.ts';
import { tokensOf } from './ssh-config/tokens.ts';
import type { Values } from './ssh-config/values.ts';
import type { SshTarget } from './target.ts';

/** A server that ~/.ssh/config names. */
export interface ConfiguredServer {
  name: string;
  user: string;
  address: string;
  port: number;
  /** The first key file that is named for it. */
  identity: string | null;
  /** The hosts it is reached through, as they are written; null where there are none. */
  jumps: string | null;
}

/**
 * The servers that the user's configuration names without wildcards. Read without ssh, so nothing is run. Nothing wrong in
 * the file is a failure: these are suggestions.
 */
export async function configuredServers(home: string, places: Places = usualPlaces(home)): Promise<ConfiguredServer[]> {
  const cache: FileCache = new Map();
  const found: ConfiguredServer[] = [];
  for (const name of await aliases(places)) {
    const { values } = await readConfig({ host: name }, places, cache);
    const { target } = await draftOf({ host: name }, values, home);
    if (!isAlias(name)) continue;
    const jumps = values.get('proxyjump')?.[0];
    found.push({
      name,
      ...{ user: target.user, address: target.address, port: target.port },
      identity: target.identities?.[0] ?? null,
      jumps: jumps === undefined || jumps.toLowerCase() === 'none' ? null : jumps,
    });
  }
  return found;
}

/** Whether the configuration speaks of a host of this name. */
export const isConfigured = (name: string, home: string): Promise<boolean> => isNamed(name, usualPlaces(home));

export interface Resolved {
  target: SshTarget;
  /** What was passed over or is done otherwise, in sentences. */
  notes: string[];
  /** Stands for the programs that were agreed to; undefined where none is run. */
  agreement: string | undefined;
}

export interface ResolveOptions {
  home: string;
  places?: Places | undefined;
  /** The agreement that was given before, for the programs that this configuration runs. */
  agreed?: string | undefined;
  /** The system's ssh, or null to do without; looked for where left out. */
  ssh?: string | null | undefined;
  signal?: AbortSignal | undefined;
}

const mostJumps = 8;

/**
 * What the user's ssh configuration says about a host by the name it has there, as the system's `ssh -G` tells it, and by
 * our own reader where there is no ssh. Fails with `needs-input` where programs would be run that were not agreed to
 * (facts: `programs`, `agreement`), and with `invalid` on field `address` where the configuration cannot be used.
 */
export async function resolveHost(alias: string, options: ResolveOptions): Promise<Resolved> {
  if (!isAlias(alias)) {
    throw new Failure('invalid', `“${visible(alias)}” is no name of a host in ~/.ssh/config`, {
      field: 'address',
      hint: 'Give USER@ADDRESS[:PORT], or a name that stands behind Host in ~/.ssh/config.',
    });
  }
  const places = options.places ?? usualPlaces(options.home);
  const ssh = options.ssh === undefined ? await systemSsh() : (options.ssh ?? undefined);
  const running = ssh === undefined ? [] : (await runningLines(places)).map(({ file, line, rest }) => `${file}, line ${line}: ${rest}`);
  agree(alias, running, options.agreed);
  const notes: string[] = [];
  const programs = [...running];
  const cache: FileCache = new Map();

  const valuesOf = async (asked: Asked): Promise<Values> => {
    if (ssh !== undefined) return askSsh(ssh, asked, places, options.signal);
    const { values, notes: more, wrong } = await readConfig(asked, places, cache);
    if (wrong[0] !== undefined) throw new Failure('invalid', `the ssh configuration cannot be used: ${visible(wrong[0])}`, { field: 'address', hint: 'Mend the file.' });
    notes.push(...more);
    return values;
  };
  /** @param chain the hosts before it, where the one after it has named them already */
  const resolve = async (asked: Asked, chain: Asked[] | undefined, seen: string[]): Promise<Draft> => {
    const values = await valuesOf(asked);
    if (chain !== undefined) {
      values.delete('proxycommand');
      values.delete('proxyjump');
    }
    const draft = await draftOf(asked, values, options.home);
    wrongPlace(asked.host, draft.target, seen.length > 0);
    notes.push(...draft.notes);
    programs.push(...draft.programs);
    const here = formatAddress({ user: draft.target.user, host: draft.target.address, port: draft.target.port });
    if (seen.includes(here) || seen.length >= mostJumps)
      throw new Failure('invalid', `the jump hosts of ${alias} lead in a circle, or there are more than ${mostJumps}`, { field: 'address' });
    const written = values.get('proxyjump')?.[0];
    const jumps = chain ?? (written === undefined ? [] : jumpsOf(written, tokensOf(draft.facts)));
    if (jumps === undefined) throw new Failure('invalid', `the jump hosts of ${alias} cannot be read: ${visible(written ?? '')}`, { field: 'address' });
    const last = jumps.at(-1);
    if (last === undefined) return draft;
    const rest = jumps.slice(0, -1);
    const through = await resolve(last, rest.length === 0 ? undefined : rest, [...seen, here]);
    draft.target.through = through.target;
    // One hop that takes the system's ssh takes it for the whole way.
    draft.reasons.push(...through.reasons);
    return draft;
  };

  const { target, reasons } = await resolve({ host: alias }, undefined, []);
  agree(alias, programs, options.agreed);
  if (reasons.length > 0) target.system = { alias, reasons: [...new Set(reasons)], files: places.files.map(({ path }) => path) };
  return { target, notes: [...new Set(notes)].map(visible), agreement: programs.length === 0 ? undefined : agreementOf(programs) };
}

/** The server itself keeps to the rule that typed addresses keep to; a jump host may be called as its owner likes, within one word. */
function wrongPlace(asked: string, { address, port, user }: SshTarget, jump: boolean): void {
  const anyUser = jump && /^[^\s\p{C}@:/\\'"`$;&|<>()-][^\s\p{C}@:/\\'"`$;&|<>()]{0,63}$/u.test(user);
  const broken = addressRule(formatAddress({ user: anyUser ? 'root' : user, host: address, port }));
  if (broken !== null) throw new Failure('invalid', `${visible(asked)} of the ssh configuration cannot be used: ${visible(broken)}`, { field: 'address' });
}

function agree(alias: string, programs: string[], agreed = ''): void {
  const given = agreed.split(' ');
  if (programs.every((each) => given.includes(digest(each)))) return;
  throw new Failure('needs-input', `the ssh configuration runs programs on this computer to reach ${alias}, which nobody has agreed to`, {
    hint: 'Add the server in the window or on a terminal, where that can be asked.',
    facts: { programs: [...new Set(programs)].map((each) => visible(each).slice(0, 300)), agreement: agreementOf(programs) },
  });
}

const digest = (program: string): string => createHash('sha256').update(program).digest('hex').slice(0, 32);
const agreementOf = (programs: string[]): string => [...new Set(programs.map(digest))].sort().join(' ');
