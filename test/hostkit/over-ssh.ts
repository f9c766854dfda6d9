import { type Kit, type OpenOptions, openKit } from '../../electron/hostkit/hostkit.ts';
import { type PackedKit, packKit } from '../../electron/hostkit/pack.ts';
import { connect } from '../../electron/ssh/connect.ts';
import type { Connection } from '../../electron/ssh/connection.ts';
import { preparedHost } from '../../shared/rules/prepared.ts';
import type { TestHost } from '../hosts/host.ts';

/** A connection as one of the rig's users, by its key. */
export async function connectAs(host: TestHost, user: string): Promise<Connection> {
  return connect(
    { address: host.address, port: host.port, user, identity: host.identity },
    { hostKeys: { pinned: await host.hostKeyFingerprint() }, credentials: { ask: async () => undefined } },
  );
}

/** The kit as that user; nobody is asked for a password unless the test says who. */
export async function kitAs(connection: Connection, user: string, options: Partial<OpenOptions> = {}): Promise<Kit> {
  return openKit((command) => connection.exec(command), { user, askSudo: async () => undefined, ...options });
}

interface PrepareOptions {
  dry?: boolean;
  onEvent?: (event: unknown) => void;
  signal?: AbortSignal;
  pack?: PackedKit;
}

/** Prepares as the product does. */
export async function prepare(kit: Kit, user: string, { dry = false, onEvent, signal, pack = packKit() }: PrepareOptions = {}) {
  return (await kit.call('hosts.prepare', { dry, ...preparedHost(user) }, { body: pack.bytes, onEvent, signal })).steps;
}

/** Every file below the folders of a host with its content's digest, rights and moments of change, seen from outside. */
export async function snapshot(host: TestHost, folders: string[]): Promise<Map<string, string>> {
  const script = 'for folder in "$@"; do find "$folder" -xdev -printf "%p\\t%y %m %U:%G %s %T@ %C@ %l\\n"; done 2>/dev/null';
  const { stdout } = await host.run(['sh', '-c', script, 'sh', ...folders], { check: false });
  return new Map(
    stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split('\t') as [string, string]),
  );
}

/** The paths that differ between two snapshots. */
export function differences(before: Map<string, string>, after: Map<string, string>): string[] {
  const paths = new Set([...before.keys(), ...after.keys()]);
  return [...paths].filter((path) => before.get(path) !== after.get(path)).sort();
}
