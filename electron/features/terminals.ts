import type { Handlers } from '../dispatch.ts';
import type { Terminals } from '../engine/terminals.ts';
import type { Inventory } from '../store/inventory.ts';

export function terminalsFeature({ inventory, terminals }: { inventory: Inventory; terminals: Terminals }): Handlers<'terminals'> {
  return {
    async open({ host: name, ...wanted }, context) {
      return { ticket: await terminals.open(await inventory.get(name), wanted, context) };
    },
    async run({ host: name, command, columns, rows }, context) {
      const host = await inventory.get(name);
      const size = columns === undefined || rows === undefined ? undefined : { columns, rows };
      return { ticket: await terminals.run(host, command, size, context) };
    },
  };
}
