import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { deploymentFix, type DeploymentProgress } from '../../shared/contract/deployments.ts';
import type { Host } from '../../shared/contract/hosts.ts';
import { Failure, type FailureRecord } from '../../shared/errors.ts';
import { appSpec } from '../../shared/rules/spec.ts';
import { appNameRule, suggestAppName } from '../../shared/rules/names.ts';
import { sizeText } from '../../shared/rules/size.ts';
import type { Context, Handlers } from '../dispatch.ts';
import type { Archives } from '../engine/archives.ts';
import { type Commit, commitOf } from '../engine/commit.ts';
import { explained } from '../engine/explained.ts';
import { follow } from '../engine/follow.ts';
import { Offers } from '../engine/offers.ts';
import { appliedSpec, knownApp } from '../engine/known-app.ts';
import { deploymentFrom } from '../engine/records.ts';
import { release } from '../engine/release.ts';
import { rollback } from '../engine/rollback.ts';
import { type Scan, scan } from '../engine/scan.ts';
import { urlOf } from '../engine/url.ts';
import type { Kits } from '../hostkit/kits.ts';
import type { FolderHandles, FolderMemory } from '../store/folders.ts';
import { openHashCache } from '../store/hashes.ts';
import type { Inventory } from '../store/inventory.ts';

export interface DeploymentsParts {
  home: string;
  archives: Archives;
  inventory: Inventory;
  kits: Kits;
  folders: FolderHandles;
  memory: FolderMemory;
}

export function deploymentsFeature({ home, archives, inventory, kits, folders, memory }: DeploymentsParts): Handlers<'deployments'> {
  const offers = new Offers();
  return {
    async start({ folder, host: name, app: wanted, entryPoint, settings }, context) {
      const began = performance.now();
      const host = await inventory.get(name);
      const path = folders.path(folder, { host: name, app: wanted });
      // The folder is read while the host is reached.
      const reaching = kits.get(host, context);
      reaching.catch(() => {});
      const { found, origin, commit, saving } = await scanned(path, context);
      await reaching;
      const app = wanted ?? (await chosenApp(origin, host, context));
      const token = randomBytes(12).toString('hex');
      const done = await release(
        kits,
        offers,
        { host, app, scan: found, origin, commit, settings: { ...settings, ...(entryPoint !== undefined && { entry_point: entryPoint }) }, actor: context.actor.name, token },
        context.emit,
        context,
      ).finally(() => saving);
      const ms = Math.round(performance.now() - began);
      await memory.remember(name, origin, app);
      await archives.drop(path);
      const { deployment, outcome, uploadedFiles, uploadedBytes } = done;
      return { app, deployment, outcome, release: done.release, url: urlOf(host, done.spec), uploadedFiles, uploadedBytes, ms };
    },
    async rollback({ app, host: name, release: wanted }, context) {
      const began = performance.now();
      const host = await inventory.get(name);
      const token = randomBytes(12).toString('hex');
      const done = await rollback(kits, { host, app, actor: context.actor.name, token, release: wanted }, context.emit, context);
      const spec = done.spec ?? (await appliedSpec(await kits.get(host, context), app, context.signal));
      const { deployment, outcome, release: number } = done;
      return { app, deployment, outcome, release: number, url: urlOf(host, spec), uploadedFiles: 0, uploadedBytes: 0, ms: Math.round(performance.now() - began) };
    },
    async list({ app, host: name }, context) {
      const kit = await kits.get(await inventory.get(name), context);
      const { deployments } = await kit.call('apps.get', { app }, { signal: context.signal });
      return { deployments: deployments.map(deploymentFrom) };
    },
    async follow({ app, host: name, deployment }, context) {
      const host = await inventory.get(name);
      const kit = await kits.get(host, context);
      const { deployments, app: known } = await kit.call('apps.get', { app }, { signal: context.signal });
      const chosen = deployment ?? deployments[0]?.deployment;
      if (chosen === undefined) throw new Failure('not-found', `${app} was never deployed to ${name}`, { field: 'app' });
      await follow(kits, { host, app, deployment: chosen, token: null }, context.emit, context);
      const record = await kit.call('deployments.get', { app, deployment: chosen }, { signal: context.signal });
      const told = record.end?.failure ?? null;
      const failure = told === null ? null : await explained(told as FailureRecord, appSpec.safeParse(known.spec).data ?? null);
      const log = failure?.facts?.log;
      return {
        ...deploymentFrom(record),
        hint: failure?.hint ?? null,
        fix: deploymentFix.safeParse(failure?.facts?.fix).data ?? null,
        log: Array.isArray(log) ? log.map(String) : [],
      };
    },
    async folder({ app, host }) {
      const path = await memory.folderOf(host, app);
      if (path === undefined) return { folder: null, gone: null };
      const isThere = await stat(path).then(
        (found) => found.isDirectory() || found.isFile(),
        () => false,
      );
      return isThere ? { folder: { handle: folders.again(path, { host, app }), name: basename(path) }, gone: null } : { folder: null, gone: basename(path) };
    },
    async cancel({ app, host: name }, context) {
      const kit = await kits.get(await inventory.get(name), context);
      return kit.call('deployments.cancel', { app }, { signal: context.signal });
    },
  };

  /** origin: where it was chosen, of an archive the archive itself. commit: is being looked for meanwhile. saving: what was hashed is being written down; without that it only is hashed again. */
  async function scanned(path: string, context: Context<DeploymentProgress>): Promise<{ found: Scan; origin: string; commit: Promise<Commit | null>; saving: Promise<void> }> {
    const from = performance.now();
    await context.emit({ type: 'step', name: 'scan', status: 'running' });
    const opened = await archives.open(
      path,
      context.signal,
      ({ files, part }) => void context.emit({ type: 'step', name: 'scan', status: 'running', detail: `unpacking, ${files} files, ${Math.floor(part * 100)} %` }),
    );
    const commit = commitOf(opened.folder);
    commit.catch(() => {});
    const hashes = await openHashCache(home, path);
    const found = await scan(opened.folder, hashes, context.signal);
    const saving = hashes.save().catch(() => {});
    const detail = `${found.files.length} files, ${sizeText(found.bytes)}`;
    await context.emit({ type: 'step', name: 'scan', status: 'done', ms: Math.round(performance.now() - from), detail });
    const leftOut = [...found.leftOut, ...opened.leftOut];
    if (leftOut.length > 0) {
      const listed = leftOut
        .slice(0, 8)
        .map((left) => `${left.path} (${left.why})`)
        .join(', ');
      const more = leftOut.length > 8 ? ` and ${leftOut.length - 8} more` : '';
      await context.emit({ type: 'note', text: `Left behind: ${listed}${more}` });
    }
    return { found, origin: opened.folder === path ? found.folder : path, commit, saving };
  }

  /** The app that this folder went to before, or a name made from the folder's where no app has it yet. */
  async function chosenApp(folder: string, host: Host, context: Context<DeploymentProgress>): Promise<string> {
    const known = await memory.appOf(host.name, folder);
    if (known !== undefined) return known;
    const suggested = suggestAppName(folder);
    const wrong = appNameRule(suggested);
    if (wrong !== null) throw new Failure('invalid', `The folder's name gives no name for the app: ${wrong}`, { field: 'app', hint: 'Give one: --app NAME' });
    const kit = await kits.get(host, context);
    if ((await knownApp(kit, suggested, context.signal))?.app.spec == null) return suggested;
    throw new Failure('exists', `An app called ${suggested} is on ${host.name} already, and this folder was not deployed to it from here`, {
      field: 'app',
      hint: `To deploy to that app: --app ${suggested}. For a new one give another name.`,
    });
  }
}
