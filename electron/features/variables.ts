import { randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { DeploymentProgress } from '../../shared/contract/deployments.ts';
import type { VariablesResult } from '../../shared/contract/variables.ts';
import { Failure } from '../../shared/errors.ts';
import { readDotenv } from '../../shared/rules/dotenv.ts';
import { allBytes, looksSecret } from '../../shared/rules/variables.ts';
import { visible } from '../../shared/rules/visible.ts';
import { Secret } from '../../shared/secret.ts';
import type { Context, Handlers } from '../dispatch.ts';
import { appliedSpec } from '../engine/known-app.ts';
import { run } from '../engine/run.ts';
import { urlOf } from '../engine/url.ts';
import type { Answer } from '../hostkit/actions.ts';
import type { Kits } from '../hostkit/kits.ts';
import type { FolderHandles } from '../store/folders.ts';
import type { Inventory } from '../store/inventory.ts';

interface Wanted {
  name: string;
  value: Secret | null;
  secret: boolean;
}

interface Change {
  app: string;
  host: string;
  set: Wanted[];
  unset: string[];
  version: number | undefined;
}

type Known = Answer<'variables.list'>;

export function variablesFeature({ inventory, kits, folders }: { inventory: Inventory; kits: Kits; folders: FolderHandles }): Handlers<'variables'> {
  return {
    async list({ app, host: name }, context) {
      const { version, live, serves, variables } = await known(app, name, context);
      return { version, live, serves, variables: variables.map(({ at, ...one }) => ({ ...one, since: iso(at), marked: one.value !== null && visible(one.value) !== one.value })) };
    },
    async history({ app, host: name }, context) {
      const kit = await kits.get(await inventory.get(name), context);
      const { versions } = await kit.call('variables.history', { app }, { signal: context.signal });
      return { versions: versions.map(({ at, ...one }) => ({ ...one, at: iso(at) })) };
    },
    async set({ app, host, values, secret, plain, set, unset, version }, context) {
      if (values.length + secret.length + set.length + unset.length === 0) throw new Failure('invalid', 'name what to set: NAME=VALUE, or --secret NAME', { field: 'values' });
      const before = await knownOrNew(app, host, context);
      const wasSecret = (name: string) => before.variables.find((one) => one.name === name)?.secret;
      for (const { name } of plain ? [] : values) {
        if (!(wasSecret(name) ?? looksSecret(name))) continue;
        const hint = `Leave the value out: --secret ${name}. If it is none: --plain.`;
        throw new Failure('invalid', `${name} looks like a secret, and what stands on a command line can be read by others`, { field: 'values', hint });
      }
      const wanted: Wanted[] = values.map(({ name, value }) => ({ name, value, secret: false }));
      for (const one of set) wanted.push({ ...one, secret: one.secret ?? wasSecret(one.name) ?? looksSecret(one.name) });
      for (const name of secret) wanted.push({ name, value: await asked(name, app, host, context), secret: true });
      return change({ app, host, set: wanted, unset, version }, before, context);
    },
    async unset({ app, host, names }, context) {
      const before = await known(app, host, context);
      const missing = names.find((name) => !before.variables.some((one) => one.name === name));
      if (missing !== undefined) throw new Failure('not-found', `${app} has no variable ${missing}`, { field: 'names' });
      return change({ app, host, set: [], unset: names, version: undefined }, before, context);
    },
    async import({ app, host, file, only }, context) {
      const found = readDotenv(await textOf(folders.path(file, { host, app })));
      const [bad] = found.wrong;
      if (bad !== undefined) {
        const more = found.wrong.length > 1 ? ` (and ${found.wrong.length - 1} more lines)` : '';
        throw new Failure('invalid', `line ${bad.line}: ${bad.text}${more}`, { field: 'file', hint: 'Nothing was changed.', facts: { wrong: found.wrong } });
      }
      for (const { name, line, text } of found.refused) await context.emit({ type: 'note', text: `Left out, line ${line}: ${name}: ${text}` });
      for (const { name, lines } of found.twice) await context.emit({ type: 'note', text: `${name} stands in lines ${lines.join(', ')}: the last one counts` });
      if (found.variables.length === 0) throw new Failure('invalid', 'there is no variable in this file', { field: 'file' });
      const before = await knownOrNew(app, host, context);
      const isSecret = (name: string, value: string) => before.variables.find((one) => one.name === name)?.secret ?? looksSecret(name, value);
      const chosen = found.variables.filter(({ name }) => only === undefined || only.includes(name));
      const set = chosen.map(({ name, value }) => ({ name, value: new Secret(value), secret: isSecret(name, value) }));
      return change({ app, host, set, unset: [], version: undefined }, before, context);
    },
  };

  async function known(app: string, name: string, context: Context<never>): Promise<Known> {
    const kit = await kits.get(await inventory.get(name), context);
    return kit.call('variables.list', { app }, { signal: context.signal });
  }

  /** The same for an app that is still to be deployed: what it needs can be there before it. */
  async function knownOrNew(app: string, name: string, context: Context<never>): Promise<Known> {
    try {
      return await known(app, name, context);
    } catch (error) {
      if (!(error instanceof Failure) || error.problem !== 'not-found' || error.field !== 'app') throw error;
      return { version: 0, live: null, serves: false, at: null, actor: null, variables: [] };
    }
  }

  async function change({ app, host: name, set, unset, version }: Change, before: Known, context: Context<DeploymentProgress>): Promise<VariablesResult> {
    const began = performance.now();
    const host = await inventory.get(name);
    const kit = await kits.get(host, context);
    const token = randomBytes(12).toString('hex');
    // The one place where values leave for the host: as JSON over SSH, into the kit's memory.
    const given = set.map((one) => ({ ...one, value: one.value?.reveal() ?? null }));
    const args = { app, set: given, unset, version: version ?? before.version, actor: context.actor.name, origin: '', token };
    let said: Answer<'variables.change'> | Failure;
    try {
      said = await kit.call('variables.change', args);
    } catch (error) {
      // Only a deployment can be found again by its token.
      if (!before.serves || !(error instanceof Failure) || error.problem !== 'unknown-outcome') throw error;
      said = error;
    }
    const ms = () => Math.round(performance.now() - began);
    if (!(said instanceof Failure) && said.deployment === null) {
      const { added, changed, removed } = said;
      const outcome = added.length + changed.length + removed.length > 0 ? 'stored' : 'unchanged';
      return { ...said, app, outcome, release: null, url: null, ms: ms() };
    }
    const done = await run(kits, { host, app, token }, async () => started(said), context.emit, context);
    const after = said instanceof Failure ? { version: (await known(app, name, context)).version, added: [], changed: [], removed: [] } : said;
    return { ...after, app, ...done, url: urlOf(host, await appliedSpec(kit, app, context.signal)), ms: ms() };
  }
}

const iso = (seconds: number | null) => (seconds === null ? null : new Date(seconds * 1000).toISOString());

function started(said: Answer<'variables.change'> | Failure): { deployment: number } {
  if (said instanceof Failure || said.deployment === null) throw said;
  return { deployment: said.deployment };
}

async function asked(name: string, app: string, host: string, context: Context<never>): Promise<Secret> {
  const answer = await context.ask({ kind: 'value', host, subject: `${name} of ${app}`, attempt: 1 });
  if (!(answer instanceof Secret)) {
    throw new Failure('needs-input', `The value of ${name} is asked for, and nobody can be asked`, {
      field: 'secret',
      hint: `Standard input gives the value of one: --secret ${name} < FILE`,
    });
  }
  return answer;
}

/** A .env file of this machine. @throws Failure unreadable or limit on field file */
async function textOf(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > 2 * allBytes) throw new Failure('limit', `the file has ${size} bytes; ${2 * allBytes} are the most`, { field: 'file' });
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await readFile(path));
  } catch (error) {
    if (error instanceof Failure) throw error;
    const text = error instanceof TypeError ? 'the file is not valid UTF-8' : 'the file cannot be read';
    throw new Failure('unreadable', text, { field: 'file' });
  }
}
