import { Failure } from '../../shared/errors.ts';
import { parseForward } from '../../shared/rules/forward.ts';
import { serviceOf } from '../../shared/rules/service.ts';
import type { Handlers } from '../dispatch.ts';
import { forward } from '../engine/forwards.ts';
import type { Kits } from '../hostkit/kits.ts';
import type { Inventory } from '../store/inventory.ts';

export function forwardsFeature({ inventory, kits }: { inventory: Inventory; kits: Kits }): Handlers<'forwards'> {
  return {
    async services({ app, host: name }, context) {
      const kit = await kits.get(await inventory.get(name), context);
      const { addresses } = await kit.call('variables.addresses', { app }, { signal: context.signal });
      return { services: addresses.map(serviceOf) };
    },
    async open({ host: name, forward: written, remote, dynamic }, context) {
      const host = await inventory.get(name);
      if (remote && dynamic) throw new Failure('invalid', 'A forward is remote or dynamic, not both', { field: 'dynamic' });
      const wanted = parseForward(written, dynamic ? 'dynamic' : remote ? 'remote' : 'local');
      if ('wrong' in wanted) throw new Failure('invalid', wanted.wrong, { field: 'forward' });
      return { connections: await forward(kits, host, wanted, remote, context) };
    },
  };
}
