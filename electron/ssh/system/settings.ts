import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../../../shared/errors.ts';
import { systemSsh } from '../ssh-config/system.ts';
import type { SshTarget } from '../target.ts';

/** How the system's ssh is called for one connection: its program, a private folder, and arguments that every call begins with. */
export interface SystemCall {
  ssh: string;
  /** Ours alone; holds the configuration and the socket of the connection. */
  folder: string;
  args: string[];
  alias: string;
  remove(): Promise<void>;
}

/** A path as an argument of a configuration's line. */
const quoted = (path: string): string => `"${path.replace(/["\\]/g, '\\$&')}"`;

/**
 * Prepares a call of the system's ssh. Its configuration is the user's with lines of ours before it, which hold for jump hosts
 * too: host keys are never taken on trust, nothing asks at a terminal, nothing is forwarded and no local command runs.
 * Fails with `unsupported` where there is no ssh, or one that cannot share a connection (Windows).
 */
export async function systemCall(target: SshTarget, knownHosts: readonly string[]): Promise<SystemCall> {
  const { system } = target;
  const ssh = await systemSsh();
  if (system === undefined || ssh === undefined || process.platform === 'win32') {
    throw new Failure(
      'unsupported',
      `${system?.alias ?? target.address} needs ${system?.reasons.join(' and ') ?? 'ssh'} of the ssh configuration, for which there is no usable ssh here`,
      {
        hint:
          process.platform === 'win32'
            ? 'OpenSSH on Windows cannot share a connection. ProxyJump and plain keys work without it.'
            : 'Install OpenSSH’s client (Debian: openssh-client).',
      },
    );
  }
  // A socket's path may have 104 bytes at most: not in a folder of the user's, whose names are longer.
  const folder = await mkdtemp(join(tmpdir(), 'fb-'));
  const config = join(folder, 'config');
  const lines = [
    'Host *',
    'BatchMode yes',
    'StrictHostKeyChecking yes',
    `UserKnownHostsFile ${knownHosts.length === 0 ? '/dev/null' : knownHosts.map(quoted).join(' ')}`,
    'GlobalKnownHostsFile /dev/null',
    'UpdateHostKeys no',
    'PermitLocalCommand no',
    'ClearAllForwardings yes',
    'ForwardAgent no',
    'ForwardX11 no',
    'Tunnel no',
    `ConnectTimeout ${Math.ceil((target.connectMs ?? 10_000) / 1_000)}`,
    'ServerAliveInterval 10',
    'ServerAliveCountMax 2',
    ...system.files.map((path) => `Include ${quoted(path)}`),
  ];
  await writeFile(config, `${lines.join('\n')}\n`, { mode: 0o600 });
  const identity = target.identity === undefined ? [] : ['-i', target.identity];
  return {
    ssh,
    folder,
    alias: system.alias,
    args: ['-F', config, ...identity],
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** No window of an askpass program pops up; prompts that cannot be answered fail instead. */
export const systemEnv = (): NodeJS.ProcessEnv => ({ ...process.env, SSH_ASKPASS_REQUIRE: 'never', LC_ALL: 'C' });
