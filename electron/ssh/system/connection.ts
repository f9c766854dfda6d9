import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../../shared/errors.ts';
import type { Channel } from '../channel.ts';
import type { Connection, ExecOptions, Handshake } from '../connection.ts';
import { unreached } from '../dial.ts';
import type { HostKey } from '../host-key.ts';
import type { Limits } from '../limits.ts';
import type { Sftp } from '../sftp.ts';
import { sftpOver } from '../sftp-stream.ts';
import type { Shell, ShellOptions } from '../shell.ts';
import { Slots } from '../slots.ts';
import type { SshTarget } from '../target.ts';
import { cancelled, onAbort } from '../waiting.ts';
import type { Wire } from '../wire.ts';
import { childChannel, childWire } from './channel.ts';
import { type SystemCall, systemCall, systemEnv } from './settings.ts';
import { childShell, terminalCommand } from './shell.ts';
import { toldBy, whyNot } from './words.ts';

const mostTold = 256 * 1024;
// A security key may wait for a touch.
const loginMs = 90_000;

export interface SystemOptions {
  name: string;
  /** The files whose keys count, for every host on the way. */
  knownHosts: string[];
  /** The one line of known hosts that the server must match, in place of those. */
  pinned?: string | undefined;
  limits: Limits;
  signal?: AbortSignal | undefined;
}

/**
 * Connects by the system's ssh, for what ours cannot do: certificates, security keys, ProxyCommand. One process holds the
 * connection; commands, terminals and forwarded connections are further ones that share it (ControlMaster). It asks nothing.
 */
export async function connectBySystem(target: SshTarget, options: SystemOptions): Promise<Connection> {
  const call = await systemCall(target, options.knownHosts);
  try {
    if (options.pinned !== undefined) {
      const file = join(call.folder, 'pinned');
      await writeFile(file, `${options.pinned}\n`, { mode: 0o600 });
      call.args.push('-o', `UserKnownHostsFile=${file}`);
    }
    return await master(call, target, options);
  } catch (error) {
    await call.remove();
    throw error;
  }
}

function master(call: SystemCall, target: SshTarget, { name, limits, signal }: SystemOptions): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const socket = join(call.folder, 's');
    const argv = [...call.args, '-v', '-M', '-N', '-T', '-S', socket, '-o', 'ControlPersist=no', '-o', 'RemoteCommand=none', '--', call.alias];
    const child = spawn(call.ssh, argv, { stdio: ['ignore', 'ignore', 'pipe'], env: systemEnv(), windowsHide: true });
    const kill = (): void => void child.kill();
    process.once('exit', kill);
    let said = '';
    let open = false;
    const fail = (error: unknown): void => {
      clearTimeout(timer);
      off();
      kill();
      reject(error);
    };
    const timer = setTimeout(
      () => fail(unreached('ssh', target, `the system's ssh did not reach ${name} within ${loginMs / 1_000} s`, 'Does `ssh` reach it from a terminal?')),
      loginMs,
    );
    const off = onAbort(signal, () => fail(cancelled()));
    child.once('error', (error) => fail(new Failure('unsupported', `ssh could not be started: ${error.message}`)));
    child.once('close', () => {
      process.off('exit', kill);
      if (!open) fail(whyNot(target, name, said));
    });
    child.stderr.setEncoding('latin1').on('data', (text: string) => {
      if (said.length < mostTold) said += text;
      // The socket is made after the login, and something is told after that.
      if (open || !existsSync(socket)) return;
      open = true;
      clearTimeout(timer);
      off();
      resolve(new SystemConnection(name, target, call, socket, child, said, limits));
    });
  });
}

class SystemConnection implements Connection {
  readonly handshake: Handshake;
  readonly closed: Promise<Failure | undefined>;
  readonly #slots: Slots;
  #shells = 0;
  /** Of processes that have ended. */
  #counted = { in: 0, out: 0 };
  readonly #children = new Set<ChildProcessWithoutNullStreams>();
  #gone: Failure | undefined;
  #byUs = false;
  #why: string | undefined;

  constructor(
    private readonly host: string,
    target: SshTarget,
    private readonly call: SystemCall,
    private readonly socket: string,
    private readonly child: ChildProcess,
    said: string,
    private readonly limits: Limits,
  ) {
    this.#slots = new Slots(limits.channels);
    const { software, type, fingerprint, kex, cipher, mac } = toldBy(said);
    // ssh has judged the key; its bytes are not told.
    const hostKey: HostKey = { type, fingerprint, blob: Buffer.alloc(0) };
    this.handshake = { server: software, hostKey, kex, cipher, mac };
    this.closed = new Promise((resolve) => {
      child.once('close', () => {
        this.#gone = unreached(
          'ssh',
          target,
          `the connection to ${host} was lost: ${this.#why ?? (this.#byUs ? 'closed' : 'the system’s ssh ended')}`,
          'ForgeBoard connects again when something is asked of the server.',
        );
        this.#slots.end(this.#gone);
        void call.remove();
        resolve(this.#byUs ? undefined : this.#gone);
      });
    });
  }

  /** Of the commands and terminals: what ssh adds to it on the wire is not told. */
  get bytes(): { in: number; out: number } {
    const sum = { ...this.#counted };
    for (const child of this.#children) add(sum, child);
    return sum;
  }

  exec(command: string, { signal, priority }: ExecOptions = {}): Promise<Channel> {
    return this.#channel(['-T'], command, signal, priority);
  }

  async sftp({ signal, priority }: ExecOptions = {}): Promise<Sftp> {
    const channel = await this.#channel(['-T', '-s'], 'sftp', signal, priority);
    return sftpOver(channel, this.host);
  }

  async #channel(how: string[], command: string, signal: AbortSignal | undefined, priority: ExecOptions['priority']): Promise<Channel> {
    const release = await this.#slots.take(this.#slots.turn(priority === 'high'), signal);
    const used = this.#slots.used;
    const child = this.#spawn(how, command);
    return childChannel(child, { host: this.host, lost: () => this.#lost(), released: release, refused: () => this.#slots.lower(used - 1), signal });
  }

  async shell(options: ShellOptions): Promise<Shell> {
    if (this.#gone !== undefined) throw this.#gone;
    const { shells, sessions } = this.limits;
    if (this.#shells >= shells || this.#shells + this.#slots.used >= sessions - 1)
      throw new Failure('limit', `${this.#shells} terminals are open on ${this.host}`, { hint: 'Close one of them first.' });
    this.#room(1);
    const child = this.#spawn(['-tt'], terminalCommand(options));
    const shell = childShell(
      child,
      () => this.#lost(),
      (terminal, columns, rows) =>
        void this.exec(`stty -F ${terminal} cols ${Math.trunc(columns)} rows ${Math.trunc(rows)}`).then(
          ({ stdout }) => stdout.resume(),
          () => {},
        ),
    );
    void shell.ended.then(() => this.#room(-1));
    return shell;
  }

  #room(change: 1 | -1): void {
    this.#shells += change;
    this.#slots.cap(this.limits.sessions - this.#shells);
  }

  async forward(place: { address: string; port: number }): Promise<Wire> {
    if (this.#gone !== undefined) throw this.#gone;
    return childWire(this.#spawn(['-W', `${place.address.includes(':') ? `[${place.address}]` : place.address}:${place.port}`]));
  }

  listen(): Promise<never> {
    return Promise.reject(
      new Failure('unsupported', `${this.host} is reached by the system's ssh, which cannot hand over connections that the server takes`, { hint: 'ssh -R does it.' }),
    );
  }

  async probe(ms = this.limits.probeMs): Promise<boolean> {
    if (this.#gone !== undefined || this.#byUs) return false;
    const child = this.#spawn(['-T'], 'true');
    child.stdout.resume();
    child.stderr.resume();
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        child.kill();
        this.#why = `no answer within ${ms / 1_000} s`;
        this.child.kill();
        resolve(false);
      }, ms);
      child.once('close', () => {
        clearTimeout(timer);
        resolve(this.#gone === undefined);
      });
    });
  }

  close(): void {
    if (this.#byUs) return;
    this.#byUs = true;
    this.child.kill();
  }

  /** A process that shares the connection ends a moment before the one that holds it: that one is asked. */
  async #lost(): Promise<Failure | undefined> {
    if (this.#gone !== undefined) return this.#gone;
    const check = this.#spawn(['-O', 'check']);
    for (const stream of [check.stdout, check.stderr]) stream.resume();
    const [code] = (await once(check, 'close')) as [number | null];
    if (code === 0) return undefined;
    await this.closed;
    return this.#gone;
  }

  /**
   * A process that shares the connection. It reads no configuration, and where the connection is gone it must not make one
   * of its own: its way to the server is a program that fails.
   */
  #spawn(how: string[], command?: string): ChildProcessWithoutNullStreams {
    const argv = [
      '-F',
      'none',
      '-S',
      this.socket,
      '-o',
      'ControlMaster=no',
      '-o',
      'ProxyCommand=false',
      '-o',
      'BatchMode=yes',
      '-o',
      'LogLevel=ERROR',
      ...how,
      '--',
      this.call.alias,
    ];
    const child = spawn(this.call.ssh, command === undefined ? argv : [...argv, command], { stdio: 'pipe', env: systemEnv(), windowsHide: true });
    this.#children.add(child);
    child.once('close', () => {
      this.#children.delete(child);
      add(this.#counted, child);
    });
    return child;
  }
}

/** The pipes of a child process are sockets, and count. */
function add(sum: { in: number; out: number }, { stdout, stdin }: ChildProcessWithoutNullStreams): void {
  sum.in += (stdout as unknown as { bytesRead?: number }).bytesRead ?? 0;
  sum.out += (stdin as unknown as { bytesWritten?: number }).bytesWritten ?? 0;
}
