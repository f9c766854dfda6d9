import type { DependencySource, Evidence } from '../../contract/imports.ts';
import { isLockFile, type Papers } from '../packages/papers.ts';
import { folderOf, joined, nameOf, upwards } from './project.ts';
import { recordOf } from './record.ts';

/** Where the packages are named, and why that is what counts. */
export interface NamedDependencies {
  source: DependencySource;
  file: string | null;
  text: string;
  evidence: Evidence[];
}

const requirementNames = [
  /^requirements\.txt$/i,
  /^requirements[\w.-]*prod\w*\.txt$/i,
  /^requirements[-_.]?(base|common|main|app|server|deploy|web|api|backend)\.txt$/i,
  /^requirements?\.txt$/i,
  /^(reqs|deps|dependencies)\.txt$/i,
  /^requirements\.in$/i,
];
const folderNames = ['production', 'prod', 'deploy', 'base', 'common', 'main', 'requirements', 'default', 'app', 'core', 'local', 'pip'];

/** The file of the packages: in the app's folder, else in the nearest above it that names any. Lock files go first. */
export function dependenciesOf(papers: Papers, root: string, entryFile: string | null): NamedDependencies {
  const start = entryFile !== null && (root === '.' || entryFile.startsWith(`${root}/`)) ? folderOf(entryFile) : root;
  // Beside the script that is run, then upwards: a part of a monorepo has its own.
  const folders = [...new Set([root, ...upwards(start), ...upwards(root)])];
  for (const folder of folders) {
    const found = inFolder(papers, folder);
    if (found !== null) return found;
  }
  const anywhere = papers.paths.filter((path) => path.split('/').length <= 3 && nameOf(path) === 'requirements.txt' && !/(^|\/)(docs?|tests?|examples?|\.\w+)\//.test(path));
  const [only] = anywhere;
  if (only !== undefined && anywhere.length === 1) return named('requirements.txt', only, 'The only file that names packages');
  return { source: 'none', file: null, text: 'No file names the packages', evidence: [] };
}

function inFolder(papers: Papers, folder: string): NamedDependencies | null {
  const at = (name: string) => joined(folder, name);
  const here = new Set(papers.paths.filter((path) => folderOf(path) === folder));
  const has = (name: string) => here.has(at(name));
  const project = recordOf(papers.documents.get(at('pyproject.toml')));
  const tool = recordOf(project.tool);
  const requirements = requirementsIn(papers, folder);
  const used = usedBy(papers, folder);
  if (used === 'requirements.txt' && requirements !== null) return named(used, requirements, 'It is what is installed from where the app is deployed');
  if (has('uv.lock') && (used === null || used === 'uv')) return named('uv', at('uv.lock'), 'A lock file of uv');
  if (has('poetry.lock') && has('pyproject.toml') && 'poetry' in tool) return named('poetry', at('poetry.lock'), 'A lock file of Poetry');
  if (has('pdm.lock')) return named('pdm', at('pdm.lock'), 'A lock file of PDM');
  if (has('Pipfile.lock')) return named('pipenv', at('Pipfile.lock'), 'A lock file of Pipenv');
  if (has('poetry.lock')) return named('poetry', at('poetry.lock'), 'A lock file of Poetry');
  if (has('uv.lock')) return named('uv', at('uv.lock'), 'A lock file of uv');
  const declared = declaredIn(project, tool);
  if (requirements !== null && (declared === null || isLocked(papers, requirements) || isDynamic(project))) return named('requirements.txt', requirements, 'A requirements file');
  if (declared !== null) return named(declared, at('pyproject.toml'), 'Dependencies in pyproject.toml');
  if (has('Pipfile')) return named('pipenv', at('Pipfile'), 'A Pipfile');
  if (requirements !== null) return named('requirements.txt', requirements, 'A requirements file');
  const conda = ['environment.yml', 'environment.yaml', 'conda.yml', 'conda.yaml'].find(has);
  if (conda !== undefined) return named('conda', at(conda), 'An environment of conda');
  if (has('setup.cfg') && /^\s*install_requires\s*=/m.test(papers.texts.get(at('setup.cfg')) ?? ''))
    return named('setup.py', at(has('setup.py') ? 'setup.py' : 'setup.cfg'), 'Requirements of setuptools');
  // What is named so and calls no setup is something else.
  if (has('setup.py') && /\bsetup\s*\(/.test(papers.texts.get(at('setup.py')) ?? 'setup(')) return named('setup.py', at('setup.py'), 'Requirements of setuptools');
  return null;
}

function named(source: DependencySource, file: string, text: string): NamedDependencies {
  return { source, file, text, evidence: [{ file, line: null, text: '' }] };
}

/** The tables of pyproject.toml that name packages; null where it only configures tools. */
function declaredIn(project: Record<string, unknown>, tool: Record<string, unknown>): DependencySource | null {
  const own = recordOf(project.project);
  const poetry = recordOf(tool.poetry);
  if ('dependencies' in poetry) return 'poetry';
  const names = Array.isArray(own.dependencies);
  if (names && 'poetry' in tool) return 'poetry';
  if ('pdm' in tool && (names || 'dev-dependencies' in recordOf(tool.pdm))) return 'pdm';
  if (names && 'uv' in tool) return 'uv';
  return names || ('name' in own && !(Array.isArray(own.dynamic) && own.dynamic.includes('dependencies')) && Object.keys(recordOf(own['optional-dependencies'])).length > 0)
    ? 'pyproject'
    : null;
}

const isDynamic = (project: Record<string, unknown>): boolean => {
  const { dynamic } = recordOf(project.project);
  return Array.isArray(dynamic) && dynamic.includes('dependencies');
};

/** Written by a tool that fixes versions, or with nearly all of them fixed. */
function isLocked(papers: Papers, file: string): boolean {
  const text = papers.texts.get(file) ?? '';
  if (/autogenerated by (pip-compile|uv)|--hash=sha256/.test(text)) return true;
  const lines = text.split(/\r?\n/).filter((line) => /^\s*[A-Za-z0-9]/.test(line));
  return lines.length > 0 && lines.filter((line) => line.includes('==')).length >= 0.8 * lines.length;
}

/** The requirements file of a folder: by the usual names, or in its folder of them. */
function requirementsIn(papers: Papers, folder: string): string | null {
  const here = papers.paths.filter((path) => folderOf(path) === folder);
  for (const name of requirementNames) {
    const found = here.find((path) => name.test(nameOf(path)));
    if (found !== undefined) return found;
  }
  for (const sub of ['requirements', 'reqs', 'requirement', 'deps']) {
    const inside = papers.paths.filter((path) => folderOf(path) === joined(folder, sub) && /\.(txt|in)$/.test(path));
    for (const name of folderNames) {
      const found = inside.find((path) => nameOf(path) === `${name}.txt`) ?? inside.find((path) => nameOf(path) === `${name}.in`);
      if (found !== undefined) return found;
    }
    const [only] = inside;
    if (only !== undefined && inside.length === 1 && !/test|dev|doc|lint|tox|(^|\W)ci\W/.test(nameOf(only))) return only;
  }
  return null;
}

/** What the files that deploy the app install with. */
function usedBy(papers: Papers, folder: string): DependencySource | null {
  const files = [...papers.texts.keys()].filter((path) => folderOf(path) === folder && /^(Dockerfile|Containerfile|nixpacks\.toml|render\.ya?ml|fly\.toml)/i.test(nameOf(path)));
  for (const file of files) {
    const text = papers.texts.get(file) ?? '';
    if (/\buv sync\b|\buv pip install\s+(--\S+\s+)*-r\s+pyproject\.toml|uv\.lock/.test(text)) return 'uv';
    if (/\bpoetry (install|export)\b/.test(text)) return 'poetry';
    if (/\bpipenv (install|sync)\b/.test(text)) return 'pipenv';
    if (/\bpdm (install|sync)\b/.test(text)) return 'pdm';
    if (/pip3?\s[^\n]*install\s[^\n]*-r\s*\S*requirements/.test(text)) return 'requirements.txt';
  }
  return null;
}

/** The files of a project that say which packages it needs, by their names alone. */
export function packageFiles(paths: readonly string[]): string[] {
  return paths
    .filter((path) => path.split('/').length <= 4 && (isLockFile(path) || naming.test(path)) && !/(^|\/)(node_modules|site-packages|vendor)\//.test(path))
    .sort((one, other) => one.split('/').length - other.split('/').length || (one < other ? -1 : 1))
    .slice(0, 100);
}

const naming =
  /(^|\/)(pyproject\.toml|Pipfile|setup\.(py|cfg)|environment\.ya?ml|conda\.ya?ml|(Dockerfile|Containerfile|nixpacks\.toml|render\.ya?ml|fly\.toml)[^/]*|[\w.-]*requirements?[\w.-]*\.(txt|in)|(requirements?|reqs|deps)\/[\w.-]+\.(txt|in)|(reqs|deps|dependencies)\.txt)$/i;
