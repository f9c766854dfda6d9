import { join } from 'node:path';
import { type Board, openBoard } from '../electron/board.ts';
import { command } from '../hosts/command.ts';
import { startDelay } from '../hosts/delay.ts';
import type { TestHost } from '../hosts/host.ts';

/** A client at some distance from the host: ForgeBoard with connection and kit open, and an ssh whose connection is open as well. */
export interface Laptop {
  delayMs: number;
  board: Board;
  place: string;
  port: number;
  /** Arguments of ssh that use the open connection. */
  ssh: string[];
  remote(...argv: string[]): Promise<void>;
  close(): Promise<void>;
}

/** Only the TCP connection of SSH is delayed; the pages of the apps are asked directly. */
export async function openLaptop(host: TestHost, delayMs: number, scratch: string): Promise<Laptop> {
  const delay = delayMs > 0 ? await startDelay({ host: host.ownAddress, port: 22 }, delayMs) : undefined;
  const there = { ...host, ...(delay !== undefined && { address: delay.address, port: delay.port }) };
  const board = await openBoard(there);
  const said = ['IdentitiesOnly=yes', 'StrictHostKeyChecking=accept-new', `UserKnownHostsFile=${join(scratch, 'known_hosts')}`, `ControlPath=${join(scratch, `ssh-${delayMs}`)}`];
  const ssh = ['-i', host.identity, ...said.flatMap((option) => ['-o', option]), '-p', String(there.port)];
  const place = `root@${there.address}`;
  // The master stays in the background: the rivals pay for no handshake, as our own client pays for none.
  await command(['ssh', ...ssh, '-o', 'ControlMaster=yes', '-o', 'ControlPersist=3600', '-f', '-N', place]);
  return {
    delayMs,
    board,
    place,
    port: there.port,
    ssh,
    remote: async (...argv) => void (await command(['ssh', ...ssh, place, ...argv])),
    async close() {
      await command(['ssh', ...ssh, '-O', 'exit', place], { check: false });
      await board.close();
      await delay?.close();
    },
  };
}
