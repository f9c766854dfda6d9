import { Failure } from '../../shared/errors.ts';
import { z } from 'zod';
import type { Handlers } from '../dispatch.ts';
import { knownApp } from '../engine/known-app.ts';
import { logLine } from '../hostkit/actions.ts';
import type { Kits } from '../hostkit/kits.ts';
import type { Inventory } from '../store/inventory.ts';

const batch = z.object({ type: z.literal('lines'), lines: z.array(logLine) });

export function logsFeature({ inventory, kits }: { inventory: Inventory; kits: Kits }): Handlers<'logs'> {
  return {
    async tail({ app, host: name, lines, follow }, context) {
      const host = await inventory.get(name);
      const shared = await kits.get(host, context);
      if ((await knownApp(shared, app, context.signal)) === null) throw new Failure('not-found', `There is no app called ${app} on ${name}`, { field: 'app' });
      // A channel of its own: not reading it holds back journalctl on the host, and closing it ends it.
      const kit = await kits.open(host, context);
      let count = 0;
      try {
        await kit.call(
          'logs.read',
          { app, lines, follow },
          {
            signal: context.signal,
            onEvent: async (bytes) => {
              for (const { at, level, process, slot, text } of batch.parse(bytes).lines) {
                count += 1;
                await context.emit({ type: 'line', at: new Date(at).toISOString(), level, process, slot, text });
              }
            },
          },
        );
        return { lines: count };
      } finally {
        kit.close();
      }
    },
  };
}
