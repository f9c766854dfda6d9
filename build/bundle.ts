import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type InlineConfig, type Rollup } from 'vite';
import { root } from './run.ts';

/*
 * Makes `out/`, which is what Electron runs: the page, and main, preload and backend as one CommonJS file each (Electron
 * before 28 cannot start an ES module, and a sandboxed preload never can). The oldest runtime is Electron 25: Node 18, Chrome 114.
 */
const watch = process.argv.includes('--watch') ? {} : null;

const about = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { devDependencies: { electron: string } };

/** Native, optional, or Electron's own; everything else is bundled, so that a package holds nothing twice. */
const external = ['electron', 'keytar', 'cpu-features', /\.node$/];

const common = (name: string): InlineConfig => ({ root, configFile: false, logLevel: 'warn', clearScreen: false, cacheDir: join(root, `node_modules/.cache/vite-${name}`) });

/** zod explains in comments why some of its annotations stand where no bundler reads them. */
const onwarn: NonNullable<Rollup.InputOptions['onwarn']> = (warning, warn) => {
  if (warning.code !== 'INVALID_ANNOTATION') warn(warning);
};

/** The page has its own configuration, which a person can also run vite with. */
const page = (out: string): InlineConfig => ({
  configFile: join(root, 'renderer/vite.config.ts'),
  logLevel: 'warn',
  clearScreen: false,
  build: { outDir: join(out, 'renderer'), reportCompressedSize: false, minify: 'esbuild', cssTarget: 'chrome114', watch, rollupOptions: { onwarn } },
});

function node(out: string, name: string, target: string): InlineConfig {
  return {
    ...common(name),
    define: { FORGEBOARD_ELECTRON: JSON.stringify(about.devDependencies.electron) },
    ssr: { noExternal: true, external: ['electron', 'keytar', 'cpu-features'] },
    build: {
      target,
      ssr: join(root, `electron/${name}.ts`),
      outDir: out,
      emptyOutDir: false,
      minify: false,
      sourcemap: true,
      watch,
      // Chunks that are loaded when wanted (ssh2) lie beside the entry, since code in them looks for the kit beside itself.
      rollupOptions: {
        external,
        onwarn,
        output: { format: 'cjs', entryFileNames: '[name].cjs', chunkFileNames: `${name}-[name].cjs` },
      },
    },
  };
}

/** Builds everything once (with --watch: and again at every change). */
export async function bundle(out = join(root, 'out')): Promise<void> {
  // Called by a test runner it says 'test', and the page would get React's development half.
  process.env.NODE_ENV = 'production';
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  // `out` is CommonJS although the project is not.
  writeFileSync(join(out, 'package.json'), '{ "type": "commonjs" }\n');
  cpSync(join(root, 'electron/hostkit/forgekit'), join(out, 'forgekit'), { recursive: true, filter: (path) => !path.includes('__pycache__') });
  for (const name of ['samples', 'templates']) cpSync(join(root, 'assets', name), join(out, name), { recursive: true, filter: (path) => !path.includes('__pycache__') });
  if (existsSync(join(root, 'renderer/main.tsx'))) await build(page(out));
  await build(node(out, 'main', 'node18'));
  await build(node(out, 'preload', 'chrome114'));
  await build(node(out, 'backend', 'node18'));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const from = performance.now();
  const named = process.argv.indexOf('--out');
  const out = named < 0 ? join(root, 'out') : resolve(process.argv[named + 1] ?? 'out');
  await bundle(out);
  process.stdout.write(`${out} is made, ${((performance.now() - from) / 1000).toFixed(1)} s\n`);
}
