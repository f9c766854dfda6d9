import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { Failure } from '../../../shared/errors.ts';
import { clean } from '../greeting.ts';
import type { Places } from './files.ts';
import type { Asked } from './read.ts';
import { printed, type Values } from './values.ts';

/** Where the system's ssh is; undefined where it has none. Never one of the folder this happens to run in. */
export async function systemSsh(env: NodeJS.ProcessEnv = process.env): Promise<string | undefined> {
  const name = process.platform === 'win32' ? 'ssh.exe' : 'ssh';
  for (const folder of (env.PATH ?? env.Path ?? '').split(delimiter)) {
    if (!isAbsolute(folder)) continue;
    const path = join(folder, name);
    if (await isThere(path, constants.X_OK)) return path;
  }
  return undefined;
}

const isThere = (path: string, mode?: number): Promise<boolean> =>
  access(path, mode).then(
    () => true,
    () => false,
  );

const waitMs = 10_000;

/**
 * What the system's ssh says about a host (`ssh -G`). Runs the programs that a `Match exec` names: whoever calls has looked
 * for those first. Fails with `invalid` and ssh's own words where the configuration cannot be used.
 */
export async function askSsh(ssh: string, asked: Asked, places: Places, signal?: AbortSignal): Promise<Values> {
  // ssh takes the home folder from the user database and not from HOME; where they differ, ours counts.
  const [own] = places.files;
  const usual = join(userInfo().homedir, '.ssh', 'config');
  const elsewhere = own === undefined || own.path === usual ? [] : ['-F', (await isThere(own.path)) ? own.path : 'none'];
  const as = asked.user === undefined ? [] : ['-l', asked.user];
  const at = asked.port === undefined ? [] : ['-p', String(asked.port)];
  return new Promise((resolve, reject) => {
    execFile(
      ssh,
      ['-G', ...elsewhere, ...as, ...at, '--', asked.host],
      { timeout: waitMs, maxBuffer: 1024 * 1024, signal, windowsHide: true, encoding: 'utf8' },
      (error, stdout, stderr) => {
        if (error === null) return resolve(printed(stdout));
        if (signal?.aborted === true) return reject(new Failure('cancelled', 'cancelled'));
        const said = clean(stderr.split('\n').find((line) => line !== '' && !line.startsWith('Pseudo-terminal')) ?? error.message, 200);
        reject(new Failure('invalid', `ssh cannot use its configuration for ${asked.host}: ${said}`, { field: 'address', hint: 'Mend ~/.ssh/config; `ssh -G` says the same.' }));
      },
    ).stdin?.end();
  });
}
