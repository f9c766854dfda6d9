import { command } from './command.ts';

const number = (address: string) => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
const text = (value: number) => [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');

/** Two addresses of a free /30: of this machine and of the host. Free means: in no route of this machine and not in `taken`. */
export async function freeSubnet(taken: string[]): Promise<{ outside: string; inside: string }> {
  const { stdout } = await command(['ip', '-4', '-o', 'route', 'show', 'table', 'all']);
  const routes = [...stdout.matchAll(/(?:^|\s)(\d+\.\d+\.\d+\.\d+)(?:\/(\d+))?\s/gm)].map((route) => {
    const size = 2 ** (32 - Number(route[2] ?? 32));
    return { from: number(route[1]!), to: number(route[1]!) + size };
  });
  // The second range is for machines whose own network (a VPN, say) covers all of 10/8.
  for (const range of ['10.77.0.0', '172.29.0.0']) {
    const start = Math.floor(Math.random() * 16384);
    for (let step = 0; step < 16384; step += 1) {
      const net = number(range) + ((start + step) % 16384) * 4;
      const used = routes.some((route) => route.from < net + 4 && net < route.to) || taken.some((one) => number(one) >= net && number(one) < net + 4);
      if (!used) return { outside: text(net + 1), inside: text(net + 2) };
    }
  }
  throw new Error('Neither 10.77.0.0/16 nor 172.29.0.0/16 has a subnet that no route of this machine covers');
}
