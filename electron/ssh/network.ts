import { networkInterfaces } from 'node:os';

const every = 1_000; // ms

/**
 * Calls back when the addresses of this computer change: another network, a cable, a VPN. What was connected over the old ones
 * hears nothing any more, which TCP alone would notice half a minute later. @returns how to stop
 */
export function watchAddresses(changed: () => void, read: () => string = addresses): () => void {
  let before = read();
  const timer = setInterval(() => {
    const now = read();
    if (now === before) return;
    before = now;
    changed();
  }, every);
  timer.unref();
  return () => clearInterval(timer);
}

/** Without those of this computer to itself. */
function addresses(): string {
  const found = Object.values(networkInterfaces()).flatMap((all) => (all ?? []).filter(({ internal }) => !internal).map(({ cidr }) => cidr));
  return found.sort().join(' ');
}
