import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DeploymentFix } from '../../../shared/contract/deployments.ts';
import type { Inspection } from '../../../shared/contract/imports.ts';
import type { Failure } from '../../../shared/errors.ts';
import { wheelFolder } from '../../hosts/wheels.ts';
import { board, host, withPreparedBoard } from '../prepared-board.ts';

/*
 * Apps that were never there before: their packages are named in other ways than a requirements.txt, and they do not start at once. What only their development needs is on no index
 * here, so an installation that took it would fail.
 */

withPreparedBoard();

const page = async (url: string) => (await fetch(url, { headers: { connection: 'close' } })).text();
const answering = 'import sys\nfrom flask import Flask, __version__\napp = Flask(__name__)\n\n\n@app.get("/")\ndef home():\n    return f"Flask {__version__}"\n';

/** A folder of its own with these files. */
async function folder(name: string, texts: Record<string, string>): Promise<string> {
  const top = join(board.home, 'folders', name);
  for (const [path, text] of Object.entries(texts)) {
    await mkdir(join(top, path, '..'), { recursive: true });
    await writeFile(join(top, path), text);
  }
  return top;
}

/** What the host would install of these projects: version, file and hash, as a lock file has them. */
async function locked(...projects: string[]): Promise<{ name: string; version: string; file: string; hash: string }[]> {
  const wheels = await wheelFolder('bookworm');
  const files = await readdir(wheels);
  return Promise.all(
    projects.map(async (name) => {
      const file = files.find((one) => one.startsWith(`${name.replaceAll('-', '_')}-`)) ?? '';
      return {
        name,
        version: file.split('-')[1] ?? '',
        file,
        hash: `sha256:${createHash('sha256')
          .update(await readFile(join(wheels, file)))
          .digest('hex')}`,
      };
    }),
  );
}

const flask = ['flask', 'werkzeug', 'jinja2', 'markupsafe', 'itsdangerous', 'click'];

/** Deploys it as new; what was said of it meanwhile. */
async function deployed(name: string, texts: Record<string, string>) {
  const notes: string[] = [];
  const done = await board.deploy(await folder(name, texts), name, {
    onEvent: (event: { type: string; text?: string }) => void (event.type === 'note' && notes.push(event.text ?? '')),
  });
  return { ...done, notes };
}

describe('the packages of an app come from', () => {
  it("Poetry's lock file, with its hashes and without its development group", async () => {
    const main = (await locked(...flask)).map(
      ({ name, version, file, hash }) =>
        `[[package]]\nname = "${name}"\nversion = "${version}"\noptional = false\ngroups = ["main"]\nfiles = [{file = "${file}", hash = "${hash}"}]\n`,
    );
    const texts = {
      'app.py': answering,
      'pyproject.toml': '[tool.poetry]\npackage-mode = false\n[tool.poetry.dependencies]\npython = "^3.9"\nflask = "*"\n[tool.poetry.group.dev.dependencies]\nnowhere = "*"\n',
      'poetry.lock': `${main.join('\n')}\n[[package]]\nname = "nowhere"\nversion = "1.0"\ngroups = ["dev"]\nfiles = []\n[metadata]\nlock-version = "2.1"\n`,
    };
    const { url, release } = await deployed('po', texts);
    const [first] = await locked('flask');
    expect(await page(url)).toBe(`Flask ${first?.version}`);
    // pip compared the hashes; gunicorn, which has none, came after.
    expect(await host.run(['cat', `/srv/forgeboard/po/releases/${release}/.forgeboard/requirements.txt`]).then(({ stdout }) => stdout)).toContain(first?.hash);
    const changed = { ...texts, 'poetry.lock': texts['poetry.lock'].replace(first?.hash ?? '', `sha256:${'0'.repeat(64)}`) };
    const failure = await board.failing('deployments.start', { folder: board.open(await folder('po', changed)), host: 'box', app: 'po' });
    expect(failure.message).toMatch(/packages could not be installed.*(HASHES|hash)/i);
    expect(await page(url)).toContain('Flask');
  });

  it('a Pipfile above the folder of the app', async () => {
    const { url, notes } = await deployed('pip', {
      'api/app.py': `import words\n${answering}`,
      'api/words.py': '',
      Pipfile: '[packages]\nflask = "*"\n[dev-packages]\nnowhere = "*"\n',
      'Pipfile.lock': JSON.stringify({
        default: Object.fromEntries((await locked(...flask)).map(({ name, version }) => [name, { version: `==${version}` }])),
        develop: { nowhere: { version: '==1' } },
      }),
    });
    expect(await page(url)).toContain('Flask');
    expect(notes[0]).toBe('Found flask, app:app in api (api/app.py:4)');
  });

  it('a lock file of uv, of which the groups for development stay away', async () => {
    const wheels = await locked(...flask);
    const needs = (names: string[]) => `[${names.map((name) => `{ name = "${name}" }`).join(', ')}]`;
    const packages = wheels.map(
      ({ name, version, file, hash }) =>
        `[[package]]\nname = "${name}"\nversion = "${version}"\nsource = { registry = "https://pypi.org/simple" }\n${name === 'flask' ? `dependencies = ${needs(flask.slice(1))}\n` : ''}wheels = [{ url = "https://example.org/${file}", hash = "${hash}" }]\n`,
    );
    const { url } = await deployed('uv', {
      'main.py': answering,
      'pyproject.toml': '[project]\nname = "uv"\nversion = "1"\nrequires-python = ">=3.9"\ndependencies = ["flask"]\n[dependency-groups]\ndev = ["nowhere"]\n',
      'uv.lock': `version = 1\n[[package]]\nname = "uv"\nversion = "1"\nsource = { virtual = "." }\ndependencies = ${needs(['flask'])}\n[package.dev-dependencies]\ndev = ${needs(['nowhere'])}\n${packages.join('')}`,
    });
    expect(await page(url)).toContain('Flask');
  });

  it('pyproject.toml without a lock file', async () => {
    const { url } = await deployed('pep', {
      'wsgi.py': answering,
      'pyproject.toml': '[project]\nname = "pep"\nversion = "1"\ndependencies = ["flask>=2"]\n[project.optional-dependencies]\ndev = ["nowhere"]\n',
    });
    expect(await page(url)).toContain('Flask');
  });

  it('the imports, where no file names any: said, and written down in apps.yml', async () => {
    const { url, notes } = await deployed('bare', { 'app.py': `import requests\n${answering}` });
    expect(await page(url)).toContain('Flask');
    expect(notes).toContain('packages: Flask, requests, by the imports: no file names the packages (app.py:3)');
    expect((await host.run(['cat', '/etc/forgeboard/apps.yml'])).stdout).toMatch(/slug: bare[\s\S]*packages:\s*(\[ *Flask, requests *\]|- Flask\s+- requests)/);
    // Without a look at the folder, as a change of settings is.
    expect(await board.call('apps.apply', { app: 'bare', host: 'box', set: ['workers=1'], yes: true })).toMatchObject({ outcome: 'live' });
    expect(await page(url)).toContain('Flask');
  });
});

describe('a new app from the command line', () => {
  it('is not deployed where two answers are equally good: both are named', async () => {
    const one = (name: string) => `from flask import Flask\n${name} = Flask(__name__)\n`;
    const path = await folder('two', { 'alpha.py': one('app'), 'beta.py': one('app'), 'requirements.txt': 'flask\n' });
    const failure = await board.failing('deployments.start', { folder: board.open(path), host: 'box', app: 'two' });
    expect(failure).toMatchObject({ problem: 'invalid', field: 'entryPoint' });
    expect(failure.message).toBe('More than one may be the app: alpha:app, beta:app');
  });

  it('hears what is wrong with its packages before anything is sent', async () => {
    const path = await folder('warned', { 'app.py': answering, 'requirements.txt': 'flask\npsycopg2\n' });
    const { findings } = await board.call<Inspection>('imports.inspect', { folder: board.open(path), host: 'box' });
    expect(findings.map(({ severity, text }) => [severity, text])).toContainEqual([
      'warning',
      expect.stringMatching(/^psycopg2 is compiled on the server, which takes packages that box lacks: apt install .*libpq-dev/),
    ]);
  });
});

describe('a first start that fails says what mends it, and the same folder is live with that', () => {
  const started = async (name: string, texts: Record<string, string>, more: object = {}) => ({ folder: board.open(await folder(name, texts)), host: 'box', app: name, ...more });
  const fixOf = ({ facts }: Failure) => facts?.fix as DeploymentFix | undefined;

  it('a package that is named nowhere, then a variable', async () => {
    const input = await started('lacks', { 'app.py': `import os\nimport requests\n${answering}KEY = os.environ["PAY_KEY"]\n`, 'requirements.txt': 'flask\n' });
    const first = await board.failing('deployments.start', input);
    expect(first.hint).toBe("The code imports requests, which no installed package has. Add requests to the app's packages, then deploy again.");
    expect(fixOf(first)).toMatchObject({ label: 'Add requests', settings: { packages: ['requests'] } });
    const settings = fixOf(first)?.settings;
    const second = await board.failing('deployments.start', { ...input, settings });
    expect(second.hint).toBe('The code reads PAY_KEY, which is not set. Give it a value, then deploy again.');
    expect(await board.call('variables.set', { app: 'lacks', host: 'box', set: [{ ...fixOf(second)?.variable, value: 'x' }] })).toMatchObject({ outcome: 'stored' });
    const { url } = await board.call<{ url: string }>('deployments.start', { ...input, settings });
    expect(await page(url)).toContain('Flask');
  });

  it('another entry point, which the folder has; the reason is told later too', async () => {
    const input = await started('other', { 'app.py': answering, 'requirements.txt': 'flask\n' }, { entryPoint: 'app:nothing' });
    const failure = await board.failing('deployments.start', input);
    expect(failure.hint).toBe('There is no nothing in the module app. In the folder is: app:app.');
    const { url } = await board.call<{ url: string }>('deployments.start', { ...input, entryPoint: undefined, settings: fixOf(failure)?.settings });
    expect(await page(url)).toContain('Flask');
    // Without the folder the candidates are not told again.
    expect(await board.call('deployments.follow', { app: 'other', host: 'box', deployment: 1 })).toMatchObject({
      outcome: 'failed',
      fix: null,
      hint: expect.stringContaining('There is no nothing in the module app'),
    });
  });
});
