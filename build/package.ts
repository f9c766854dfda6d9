import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, Platform } from 'electron-builder';
import { bundle } from './bundle.ts';
import { electronDist } from './electron-dist.ts';
import { root } from './run.ts';

/*
 * npm run package: the app for this platform, into dist/. `-- --test`: the unpacked Linux app around the old Electron of the
 * tests, in a folder named as a test build; never to be given to anybody.
 */
const pinned = '25.1.1';

/** The unpacked app for tests; `output` is made. Returns its executable. */
export async function testPackage(output: string): Promise<string> {
  const dist = mkdtempSync(join(tmpdir(), 'forgeboard-dist-'));
  try {
    // A clean copy: what lies in resources/ of the original would be packed beside our app.
    cpSync(dirname(await electronDist()), dist, { recursive: true, filter: (path) => !path.includes('/resources/app') });
    rmSync(join(dist, 'resources'), { recursive: true, force: true });
    mkdirSync(join(dist, 'resources'));
    await bundle();
    await build({
      targets: Platform.LINUX.createTarget('dir'),
      projectDir: root,
      publish: 'never',
      config: {
        extends: join(root, 'build/electron-builder.yml'),
        directories: { output },
        electronDist: dist,
        electronVersion: pinned,
        // Playwright needs the inspector, which a release has not; and this old binary lacks some of the switches.
        electronFuses: null,
      },
    });
    const folder = join(output, 'linux-unpacked');
    writeFileSync(join(folder, 'TEST-BUILD'), `Made for tests around Electron ${pinned}, which gets no security updates. Not for use.\n`);
    if (existsSync(join(folder, 'resources/app'))) throw new Error('the test package holds a second app beside ours');
    return join(folder, 'forgeboard');
  } finally {
    rmSync(dist, { recursive: true, force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  if (process.argv.includes('--test')) {
    process.stdout.write(`${await testPackage(join(root, 'dist/test-build'))}\n`);
  } else {
    await bundle();
    await build({ projectDir: root, publish: 'never', config: { extends: join(root, 'build/electron-builder.yml') } });
  }
}
