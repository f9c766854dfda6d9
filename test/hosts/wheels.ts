import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { zipSync } from 'fflate';
import { builtOnce } from './cache.ts';
import { command } from './command.ts';
import { download, type Release } from './packages.ts';

// PyPI cannot be reached from the hosts, and need not be from here: Debian packages the same projects.
const common = [
  'flask werkzeug jinja2 click itsdangerous markupsafe blinker gunicorn packaging bottle',
  'django asgiref sqlparse whitenoise',
  'fastapi starlette pydantic typing-extensions anyio sniffio idna uvicorn h11 websockets',
  'requests urllib3 charset-normalizer certifi six yaml redis sqlalchemy greenlet tornado',
].join(' ');
const projects: Record<Release, string> = {
  bookworm: `${common} async-timeout chardet tz httpx httpcore rfc3986 mkdocs ghp-import dateutil markdown mergedeep pyyaml-env-tag watchdog gevent zope.event zope.interface eventlet dnspython`,
  trixie: `${common} pydantic-core annotated-types`,
};
/** Programs, whose packages are not called python3-*. */
const programs = ['mkdocs', 'ghp-import'];
const pythonTag: Record<Release, string> = { bookworm: 'cp311', trixie: 'cp313' };
const wheelArchitecture: Record<string, string> = { amd64: 'x86_64', arm64: 'aarch64' };
// Ready wheels that Debian ships for venv; gunicorn needs setuptools at run time.
const readyWheels = ['python3-setuptools-whl', 'python3-pip-whl'];
const setuptoolsPackages = ['python3-setuptools', 'python3-pkg-resources'];

interface Unpacked {
  package: string;
  name: string;
  version: string;
  metadata: string;
  depends: string[];
  root: string;
  info: string;
}

/** The folder of wheels for this release, made from Debian's python3-* packages: `pip install flask gunicorn` works from it. */
export async function wheelFolder(release: Release): Promise<string> {
  return builtOnce('wheels', release, { projects: projects[release], code: 3 }, async (folder) => {
    const architecture = (await command(['dpkg', '--print-architecture'])).stdout.trim();
    const names = projects[release].split(' ').map((name) => (programs.includes(name) ? name : `python3-${name}`));
    const files = await download(release, [...names, ...readyWheels]);
    const scratch = path.join(folder, '.unpacked');
    const unpacked = (await Promise.all(files.map((file) => unpack(file, scratch)))).filter((one) => one !== undefined);
    const named = new Map(unpacked.map((one) => [one.package, one.name]));
    for (const name of setuptoolsPackages) named.set(name, 'setuptools');
    for (const one of unpacked) {
      const wheel = makeWheel(one, named, `${pythonTag[release]}-${pythonTag[release]}-linux_${wheelArchitecture[architecture] ?? architecture}`);
      writeFileSync(path.join(folder, wheel.file), wheel.bytes);
    }
    const ready = path.join(scratch, 'ready/usr/share/python-wheels');
    for (const file of readdirSync(ready)) copyFileSync(path.join(ready, file), path.join(folder, file));
    rmSync(scratch, { recursive: true });
  });
}

/** Unpacks one .deb and reads what project it holds; undefined for the packages of ready wheels. */
async function unpack(file: string, scratch: string): Promise<Unpacked | undefined> {
  const ready = readyWheels.some((name) => path.basename(file).startsWith(`${name}_`));
  const root = path.join(scratch, ready ? 'ready' : path.basename(file));
  mkdirSync(root, { recursive: true });
  await command(['dpkg-deb', '-x', file, root]);
  if (ready) return undefined;
  const fields = (await command(['dpkg-deb', '-f', file, 'Package', 'Depends'])).stdout;
  const site = path.join(root, 'usr/lib/python3/dist-packages');
  const info = readdirSync(site).find((name) => /\.(dist|egg)-info$/.test(name));
  if (!info) throw new Error(`${path.basename(file)} has no Python metadata`);
  const metadataFile = ['METADATA', 'PKG-INFO', ''].map((name) => path.join(site, info, name)).find((name) => existsSync(name) && statSync(name).isFile());
  const metadata = readFileSync(metadataFile!, 'utf8');
  const field = (text: string, name: string) => new RegExp(`^${name}: *(.*)$`, 'm').exec(text)?.[1] ?? '';
  const depends = field(fields, 'Depends')
    .split(',')
    .map((one) => /^\s*([a-z0-9.+-]+)/.exec(one)?.[1] ?? '');
  return { package: field(fields, 'Package'), name: field(metadata, 'Name'), version: field(metadata, 'Version'), metadata, depends, root: site, info };
}

/** What an egg's requires.txt says, as Requires-Dist lines: its sections are [extra], [:marker] and [extra:marker]. */
export function requirementLines(requires: string): string[] {
  const lines: string[] = [];
  let condition = '';
  for (const line of requires.split('\n').map((text) => text.trim())) {
    const section = /^\[([^:\]]*):?(.*)\]$/.exec(line);
    if (section) {
      const parts = [section[2] && `(${section[2]})`, section[1] && `extra == "${section[1]}"`].filter(Boolean);
      condition = parts.length ? `; ${parts.join(' and ')}` : '';
    } else if (line) lines.push(`Requires-Dist: ${line}${condition}`);
  }
  return lines;
}

const normal = (name: string) => name.toLowerCase().replace(/[-_.]+/g, '-');

/**
 * Debian strips core requirements from some projects (Flask's list is empty): its own Depends know them. And it ships versions
 * together that upstream's limits keep apart (FastAPI and Starlette): between projects of this folder the limits are dropped.
 */
function metadataOf(one: Unpacked, named: Map<string, string>): string {
  const [head = '', ...body] = one.metadata.split('\n\n');
  const requires = path.join(one.root, one.info, 'requires.txt');
  const fromEgg = !/^Requires-Dist:/m.test(head) && existsSync(requires) ? requirementLines(readFileSync(requires, 'utf8')) : [];
  const here = new Set([...named.values()].map(normal));
  const known = new Set<string>();
  const lines = [...head.split('\n').filter(Boolean), ...fromEgg].map((line) => {
    const [, name = '', extras = '', marker = ''] = /^Requires-Dist: *([\w.-]+)(\[[^\]]*\])?[^;]*(;.*)?$/.exec(line) ?? [];
    if (!name) return line;
    if (!marker.includes('extra')) known.add(normal(name));
    return here.has(normal(name)) ? `Requires-Dist: ${name}${extras}${marker}` : line;
  });
  const added = one.depends.map((name) => named.get(name)).filter((name) => name !== undefined && !known.has(normal(name)));
  return `${[...lines, ...[...new Set(added)].map((name) => `Requires-Dist: ${name}`)].join('\n')}\n\n${body.join('\n\n')}`;
}

function makeWheel(one: Unpacked, named: Map<string, string>, nativeTag: string): { file: string; bytes: Uint8Array } {
  // Dots stay: pkg_resources looks for zope.interface by just that name.
  const stem = `${one.name.toLowerCase().replace(/[^\w.]+/g, '_')}-${one.version}`;
  const info = `${stem}.dist-info`;
  const files: Record<string, Uint8Array> = {};
  for (const entry of readdirSync(one.root, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    const name = path.relative(one.root, file);
    // Links to files of other packages (Django's jquery) lead nowhere here; a wheel has no links anyhow.
    if (!existsSync(file) || !statSync(file).isFile() || name.startsWith(one.info)) continue;
    files[name] = readFileSync(file);
  }
  const native = Object.keys(files).some((name) => name.endsWith('.so'));
  const tag = native ? nativeTag : 'py3-none-any';
  files[`${info}/METADATA`] = Buffer.from(metadataOf(one, named));
  files[`${info}/WHEEL`] = Buffer.from(`Wheel-Version: 1.0\nGenerator: forgeboard-rig\nRoot-Is-Purelib: ${!native}\nTag: ${tag}\n`);
  for (const name of ['entry_points.txt', 'top_level.txt']) {
    const file = path.join(one.root, one.info, name);
    if (existsSync(file)) files[`${info}/${name}`] = readFileSync(file);
  }
  const record = Object.entries(files).map(([name, bytes]) => `${name},sha256=${createHash('sha256').update(bytes).digest('base64url')},${bytes.length}`);
  files[`${info}/RECORD`] = Buffer.from(`${record.join('\n')}\n${info}/RECORD,,\n`);
  return { file: `${stem}-${tag}.whl`, bytes: zipSync(files, { level: 1 }) };
}
