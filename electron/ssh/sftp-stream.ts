import { once } from 'node:events';
import type { SFTPWrapper } from 'ssh2';
// @ts-expect-error: ssh2's types leave out the class that its client makes of the subsystem's channel.
import protocol from 'ssh2/lib/protocol/SFTP.js';
import { Failure } from '../../shared/errors.ts';
import type { Channel } from './channel.ts';
import { openSftp, type Sftp } from './sftp.ts';

/** How ssh2's class takes the place of a channel: what it hands to its protocol goes to that channel, `push` gets what comes. */
type Raw = SFTPWrapper & { push(bytes: Buffer): void; _init(): void };
const { SFTP } = protocol as { SFTP: new (client: object, channel: object) => Raw };

/**
 * SFTP with a program that speaks it on its standard input and output: OpenSSH's sftp-server, started some other way than by asking
 * sshd for its subsystem. @throws Failure unsupported where it does not greet as one; whatever ended the channel
 */
export async function sftpOver(channel: Channel, host: string, as?: 'root'): Promise<Sftp> {
  const raw = new SFTP(
    // The name makes ssh2 take packets as large as OpenSSH's.
    { _protocol: { _remoteIdentRaw: 'SSH-2.0-OpenSSH', channelData: (_id: number, bytes: Buffer) => void channel.stdin.write(bytes), channelClose: () => channel.close() } },
    // A pipe has no window: what waits in it is bounded by what is asked at once.
    { type: 'sftp', incoming: { id: 0, state: 'open' }, outgoing: { id: 0, state: 'open', window: Number.POSITIVE_INFINITY, packetSize: Number.POSITIVE_INFINITY } },
  );
  let lost: Failure | undefined;
  raw.on('error', () => {});
  channel.stdin.on('error', () => {});
  channel.stdout.on('error', () => {});
  channel.stdout.on('data', (bytes: Buffer) => raw.push(bytes));
  const over = new Promise<void>((resolve) => channel.stdout.once('close', resolve))
    .then(() => channel.exit)
    .catch((error: unknown) => {
      if (error instanceof Failure) lost = error;
    })
    .then(() => raw.emit('close'));
  const greeted = once(raw, 'ready').then(
    () => true,
    () => false,
  );
  raw._init();
  if (!(await Promise.race([greeted, over.then(() => false)]))) {
    channel.close();
    throw lost ?? new Failure('unsupported', `${host} does not give out files (SFTP)`, { hint: 'Its sshd has no `Subsystem sftp` line, or this account may not use it.' });
  }
  return openSftp(raw, { host, lost: () => lost, released: () => {}, as });
}
