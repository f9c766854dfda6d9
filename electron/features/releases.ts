import { migratedSince } from '../../shared/rules/rollback.ts';
import { differences } from '../../shared/rules/settings.ts';
import { appSpec } from '../../shared/rules/spec.ts';
import type { Handlers } from '../dispatch.ts';
import type { Kits } from '../hostkit/kits.ts';
import type { Inventory } from '../store/inventory.ts';

export function releasesFeature({ inventory, kits }: { inventory: Inventory; kits: Kits }): Handlers<'releases'> {
  return {
    async list({ app, host: name }, context) {
      const kit = await kits.get(await inventory.get(name), context);
      const { releases } = await kit.call('releases.list', { app }, { signal: context.signal });
      return {
        releases: releases.map(({ release, state, createdAt, actor, origin, files, bytes, python, spec, commit, steps }) => {
          const known = appSpec.safeParse(spec);
          const entryPoint = known.success ? known.data.entrypoint : null;
          const at = new Date(createdAt * 1000).toISOString();
          return { release, state, createdAt: at, actor, origin, files, bytes, python, entryPoint, commit: commit?.id ?? null, message: commit?.message ?? null, steps };
        }),
      };
    },
    async compare({ app, host: name, from, to }, context) {
      const kit = await kits.get(await inventory.get(name), context);
      const [{ before, after, ...files }, { releases }] = await Promise.all([
        kit.call('releases.compare', { app, from, to }, { signal: context.signal }),
        kit.call('releases.list', { app }, { signal: context.signal }),
      ]);
      const migrated = migratedSince(releases, Math.min(from, to)).filter((release) => release <= Math.max(from, to));
      return { ...files, settings: differences(before, after), migrated };
    },
  };
}
