import { randomBytes } from 'node:crypto';
import type { RemovedApp } from '../../../shared/contract/apps.ts';
import { entryText, readRegistry, withoutEntry } from '../../../shared/rules/registry.ts';
import { sizeText } from '../../../shared/rules/size.ts';
import type { Handlers } from '../../dispatch.ts';
import { knownApp } from '../../engine/known-app.ts';
import { type Archived, archiveOf, restore } from '../../engine/restore.ts';
import { urlOf } from '../../engine/url.ts';
import type { Kits } from '../../hostkit/kits.ts';
import type { Inventory } from '../../store/inventory.ts';
import { confirmed } from '../../engine/confirmed.ts';
import { unknownApp } from './unknown.ts';

const keptDays = 30;

/** An app leaves its host, and comes back. */
export function removing({ inventory, kits }: { inventory: Inventory; kits: Kits }): Pick<Handlers<'apps'>, 'remove' | 'removed' | 'restore' | 'purge'> {
  return {
    async remove({ app, host: name, archive, yes }, context) {
      const host = await inventory.get(name);
      const kit = await kits.get(host, context);
      const [registry, known] = await Promise.all([kit.call('registry.read', {}, { signal: context.signal }), knownApp(kit, app, context.signal)]);
      const registered = readRegistry(registry.text).some(({ slug }) => slug === app);
      if (!registered && known === null) throw unknownApp(app, host);
      if (!yes) {
        const undo = `Its data, variables, configuration and live release are kept on ${name} for ${keptDays} days. To undo it: forgeboard apps restore ${app} --host ${name}`;
        await confirmed(context, app, {
          text: `Remove ${app} from ${name}?${archive ? '' : ' This cannot be undone.'}`,
          lines: ['Its releases, its data folder, its unit and its site go.', `/srv/forgeboard/${app}`, ...(archive ? [undo] : ['Nothing of it is kept.'])],
          verb: `Remove ${app}`,
        });
      }
      const text = withoutEntry(registry.text, app);
      const change = registered ? { text, digest: registry.digest } : null;
      const args = { app, actor: context.actor.name, registry: change, entry: registered ? entryText(registry.text, app) : null, archive };
      const done = await kit.call('apps.remove', args, { signal: context.signal });
      return { removed: app, archive: done.archive, until: done.archive === null ? null : untilOf(done.archive) };
    },
    async removed({ host: name }, context) {
      const kit = await kits.get(await inventory.get(name), context);
      const { apps, free } = await kit.call('apps.removed', { app: null }, { signal: context.signal });
      return { removed: apps.map(removedFrom), freeBytes: free };
    },
    async restore({ app, host: name, archive }, context) {
      const began = performance.now();
      const host = await inventory.get(name);
      const token = randomBytes(12).toString('hex');
      const { spec, ...done } = await restore(kits, { host, app, token, archive, actor: context.actor.name }, context.emit, context);
      return { app, ...done, url: urlOf(host, spec), ms: Math.round(performance.now() - began) };
    },
    async purge({ app, host: name, archive: wanted, yes }, context) {
      const kit = await kits.get(await inventory.get(name), context);
      const { archived } = await archiveOf(kit, app, wanted, context.signal);
      if (!yes) {
        await confirmed(context, archived.archive, {
          text: `Delete the archive of ${app} on ${name}? This cannot be undone.`,
          lines: [`${archived.archive}, ${sizeText(archived.size)}`, `It was removed by ${archived.by} on ${iso(archived.removedAt).slice(0, 10)}.`],
          verb: 'Delete it',
        });
      }
      await kit.call('apps.purge', { archive: archived.archive }, { signal: context.signal });
      return { purged: archived.archive };
    },
  };
}

const removedFrom = ({ app, archive, removedAt, by, size, until, release }: Archived): RemovedApp => ({
  app,
  archive,
  removedAt: iso(removedAt),
  by,
  archiveBytes: size,
  until: iso(until),
  release,
});

/** By the time in its name, as the host reckons it. */
function untilOf(archive: string): string {
  const [, day = '', time = ''] = /-(\d{8})T(\d{6})Z\.tar\.gz$/.exec(archive) ?? [];
  const at = Date.parse(`${day.replace(/(....)(..)(..)/, '$1-$2-$3')}T${time.replace(/(..)(..)(..)/, '$1:$2:$3')}Z`);
  return new Date(at + keptDays * 86_400_000).toISOString();
}

const iso = (seconds: number) => new Date(seconds * 1000).toISOString();
