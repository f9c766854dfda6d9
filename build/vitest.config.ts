import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { cacheFolder } from '../test/hosts/cache.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const hosts = ['test/**/*.host.test.ts', 'test/hosts/*.test.ts'];
const long = ['test/**/*.long.test.ts'];

/**
 * unit: pure rules and parts, in seconds, anywhere. host: real Debian hosts, as root on Debian. long: endurance, by name.
 * ssh: what of test/ssh must also hold inside Electron, whose crypto is not Node's. e2e: the real window, one at a time.
 */
export default defineConfig({
  root,
  // Vite's cache would otherwise land in the work tree beside the sources.
  cacheDir: 'node_modules/.cache/vite',
  test: {
    // Nobody's own keys, known hosts or agent: tests have a home of their own, and the cache stays where it is.
    env: { HOME: join(tmpdir(), `forgeboard-tests-${process.pid}`), SSH_AUTH_SOCK: '', FORGEBOARD_CACHE: cacheFolder() },
    pool: 'forks',
    // A pair of hosts at a time keeps their own timeouts honest on two cores.
    poolOptions: { forks: { maxForks: 2, minForks: 1 } },
    projects: [
      { extends: true, test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: [...hosts, ...long], testTimeout: 20_000 } },
      { extends: true, test: { name: 'dom', include: ['test/renderer/**/*.test.tsx'], environment: 'jsdom', setupFiles: ['test/renderer/setup.ts'], testTimeout: 20_000 } },
      {
        extends: true,
        test: {
          name: 'host',
          include: hosts,
          setupFiles: ['test/hosts/on-failure.ts'],
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.e2e.ts'],
          setupFiles: ['test/hosts/on-failure.ts'],
          testTimeout: 120_000,
          hookTimeout: 300_000,
          poolOptions: { forks: { singleFork: true } },
        },
      },
      {
        extends: true,
        test: { name: 'long', include: long, setupFiles: ['test/hosts/on-failure.ts'], testTimeout: 3_600_000, hookTimeout: 600_000, poolOptions: { forks: { singleFork: true } } },
      },
      { extends: true, test: { name: 'ssh', include: ['test/ssh/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 300_000, poolOptions: { forks: { singleFork: true } } } },
    ],
  },
});
