import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostKey } from '../host-key.ts';
import { parseKnownHosts } from '../known-hosts-lines.ts';
import { readText } from '../ssh-config/files.ts';
import type { SshTarget } from '../target.ts';
import { cancelled, onAbort } from '../waiting.ts';
import { systemCall, systemEnv } from './settings.ts';
import { whyNot } from './words.ts';

const waitMs = 30_000;

/**
 * The key that a server shows, by the system's ssh: taken into a file of its own that is thrown away, before any login. The
 * keys of jump hosts must be known. `types` are host key types that may be shown.
 */
export async function probeBySystem(target: SshTarget, name: string, knownHosts: string[], types: string[] | undefined, signal?: AbortSignal): Promise<HostKey> {
  const call = await systemCall(target, knownHosts);
  const file = join(call.folder, 'shown');
  await writeFile(file, '', { mode: 0o600 });
  const only = types?.flatMap((type) => (type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [type]));
  const options = [
    ...[
      `UserKnownHostsFile=${file}`,
      'StrictHostKeyChecking=accept-new',
      'HashKnownHosts=no',
      'PreferredAuthentications=none',
      'ControlMaster=no',
      'ControlPath=none',
      'RemoteCommand=none',
    ],
    ...(only === undefined ? [] : [`HostKeyAlgorithms=${only.join(',')}`]),
  ].flatMap((option) => ['-o', option]);
  try {
    const said = await new Promise<string>((resolve, reject) => {
      const child = spawn(call.ssh, [...call.args, '-v', '-T', ...options, '--', call.alias, 'true'], {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: systemEnv(),
        windowsHide: true,
        timeout: waitMs,
      });
      const off = onAbort(signal, () => {
        child.kill();
        reject(cancelled());
      });
      let text = '';
      child.stderr.setEncoding('latin1').on('data', (chunk: string) => {
        if (text.length < 256 * 1024) text += chunk;
      });
      child.once('error', reject);
      child.once('close', () => {
        off();
        resolve(text);
      });
    });
    const [entry] = parseKnownHosts((await readText(file)).text, file);
    if (entry === undefined) throw whyNot(target, name, said);
    return entry.key;
  } finally {
    await call.remove();
  }
}
