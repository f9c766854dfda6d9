import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { cacheFolder } from '../test/hosts/cache.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const hosts = ['test/**/*.host.test.ts', 'test/hosts/*.test.ts'];
const long = ['test/**/*.long.test.ts'];
const guards = ['test/architecture.test.ts'];

/**
 * unit: pure rules and parts, in seconds, anywhere. guards: that walls, lint and the like notice what is planted. host: real Debian hosts, as root on Debian. long: endurance, by name.
 * ssh: what of test/ssh must also hold inside Electron, whose crypto is not Node's (the verdicts beside OpenSSH have none of it). e2e: the real window, one at a time.
 */
export default defineConfig({
  root,
  // Vite's cache would otherwise land in the work tree beside the sources.
  cacheDir: 'node_modules/.cache/vite',
  test: {
    // A failure says what it saw, not its first forty characters.
    chaiConfig: { truncateThreshold: 2000 },
    // What is awaited comes by itself; how long a busy machine takes to it is no part of any test.
    expect: { poll: { timeout: 15_000 } },
    // Nobody's own keys, known hosts or agent: tests have a home of their own, and the cache stays where it is.
    env: { HOME: join(tmpdir(), `forgeboard-tests-${process.pid}`), SSH_AUTH_SOCK: '', FORGEBOARD_CACHE: cacheFolder() },
    pool: 'forks',
    // Three hosts at a time on two cores: a test on a host waits for it half of its time.
    poolOptions: { forks: { maxForks: 3, minForks: 1 } },
    projects: [
      { extends: true, test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: [...hosts, ...long, ...guards], testTimeout: 60_000 } },
      { extends: true, test: { name: 'guards', include: guards, testTimeout: 60_000 } },
      { extends: true, test: { name: 'dom', include: ['test/renderer/**/*.test.tsx'], environment: 'jsdom', setupFiles: ['test/renderer/setup.ts'], testTimeout: 60_000 } },
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
      {
        extends: true,
        test: {
          name: 'ssh',
          include: ['test/ssh/**/*.test.ts'],
          exclude: ['test/ssh/openssh/**', 'test/ssh/ssh-config/**'],
          testTimeout: 120_000,
          hookTimeout: 300_000,
          poolOptions: { forks: { singleFork: true } },
        },
      },
    ],
  },
});
