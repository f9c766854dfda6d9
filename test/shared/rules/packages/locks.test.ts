import { describe, expect, it } from 'vitest';
import { installable, requirementsOf } from '../../../../shared/rules/packages/installable.ts';
import { papersOf } from './papers.ts';

/** What pip would be given, without the line that says where it is from. */
const lines = (source: Parameters<typeof installable>[1], file: string, texts: Record<string, string>, root = '.') =>
  (requirementsOf(installable(papersOf(texts), source, file, root)) ?? '').split('\n').slice(1, -1);

const entry = (name: string, more = '', hash = `${name}-hash`) =>
  `[[package]]\nname = "${name}"\nversion = "1.0"\nfiles = [{file = "${name}-1.0-py3-none-any.whl", hash = "sha256:${hash}"}]\n${more}\n`;

describe('the packages of a lock file', () => {
  const poetry = '[tool.poetry.dependencies]\npython = "^3.11"\nflask = {version = "*", extras = ["async"]}\n[tool.poetry.group.dev.dependencies]\npytest = "*"\n';

  it('of Poetry are those of its main group', () => {
    const texts = {
      'pyproject.toml': poetry,
      'poetry.lock': `${entry('flask', 'groups = ["main"]')}${entry('pytest', 'groups = ["dev"]')}${entry('colorama', 'groups = ["main", "dev"]\nmarkers = "sys_platform == \'win32\'"')}${entry('tomli', 'groups = ["main"]\nmarkers = "python_version < \'3.11\'"')}[metadata]\nlock-version = "2.1"\n`,
    };
    expect(lines('poetry', 'poetry.lock', texts)).toEqual([
      'flask==1.0 \\',
      '    --hash=sha256:flask-hash',
      "tomli==1.0 ; python_version < '3.11' \\",
      '    --hash=sha256:tomli-hash',
    ]);
  });

  it('of an older Poetry are found by what needs them', () => {
    const texts = {
      'pyproject.toml': poetry,
      'poetry.lock': `${entry('flask', '[package.dependencies]\nclick = "*"\nasgiref = {version = "*", optional = true, markers = "extra == \'async\'"}\nhidden = {version = "*", optional = true}\n[package.extras]\nasync = ["asgiref (>=3)"]')}${entry('click', '[package.dependencies]\ncolorama = {version = "*", markers = "platform_system == \\"Windows\\""}\nflask = "*"')}${['asgiref', 'hidden', 'colorama', 'pytest'].map((name) => entry(name)).join('')}[metadata]\nlock-version = "2.0"\n`,
    };
    expect(lines('poetry', 'poetry.lock', texts).filter((line) => !line.startsWith(' '))).toEqual(['asgiref==1.0 \\', 'click==1.0 \\', 'flask==1.0 \\']);
  });

  it('of uv are those of the member that is served, without hashes where one has none', () => {
    const uv = (name: string, more: string) => `[[package]]\nname = "${name}"\nversion = "1.0"\n${more}\n`;
    const wheel = (name: string) =>
      `source = { registry = "https://pypi.org/simple" }\nwheels = [{ url = "https://example.org/${name}-1.0-py3-none-any.whl", hash = "sha256:aa" }]`;
    const texts = {
      'api/pyproject.toml': '[project]\nname = "api"\ndependencies = ["flask", "lib"]\n',
      'pyproject.toml': '[project]\nname = "all"\n',
      'uv.lock': `version = 1\n${uv('all', 'source = { virtual = "." }\ndependencies = [{ name = "ruff" }]')}${uv('api', 'source = { editable = "api" }\ndependencies = [{ name = "flask", extra = ["async"] }, { name = "lib" }]\n[package.optional-dependencies]\nprod = [{ name = "gunicorn" }]\n[package.dev-dependencies]\ndev = [{ name = "pytest" }]')}${uv('lib', 'source = { editable = "lib" }\ndependencies = [{ name = "tool" }]')}${uv('flask', `${wheel('flask')}\ndependencies = [{ name = "colorama", marker = "sys_platform == 'win32'" }]\n[package.optional-dependencies]\nasync = [{ name = "asgiref", marker = "python_full_version < '3.13'" }]`)}${['ruff', 'gunicorn', 'pytest', 'colorama', 'asgiref'].map((name) => uv(name, wheel(name))).join('')}${uv('tool', 'source = { git = "https://example.org/tool?tag=v1#abc" }')}`,
    };
    expect(lines('uv', 'uv.lock', texts, 'api')).toEqual(["asgiref==1.0 ; python_full_version < '3.13'", 'flask==1.0', 'gunicorn==1.0', 'tool @ git+https://example.org/tool@abc']);
  });

  it('of PDM are those of its default group, each once', () => {
    const texts = {
      'pyproject.toml': '[project]\ndependencies = ["uvicorn[standard]"]\n',
      'pdm.lock': `${entry('uvicorn', 'groups = ["default"]')}${entry('uvicorn', 'groups = ["default"]\nextras = ["standard"]')}${entry('pytest', 'groups = ["dev"]')}${entry('uvloop', 'groups = ["default"]\nmarker = "sys_platform != \'win32\'"')}[metadata]\nlock_version = "4.5"\n`,
    };
    expect(lines('pdm', 'pdm.lock', texts)).toEqual(['uvicorn==1.0 \\', '    --hash=sha256:uvicorn-hash', 'uvloop==1.0 \\', '    --hash=sha256:uvloop-hash']);
  });

  it('of Pipenv are those of its default section', () => {
    const lock = { default: { flask: { version: '==3.0.0', hashes: ['sha256:aa', 'sha256:bb'], markers: "python_version >= '3.8'" } }, develop: { pytest: { version: '==8' } } };
    expect(lines('pipenv', 'Pipfile.lock', { Pipfile: '[packages]\nflask = "*"\n', 'Pipfile.lock': JSON.stringify(lock) })).toEqual([
      "flask==3.0.0 ; python_version >= '3.8' \\",
      '    --hash=sha256:aa \\',
      '    --hash=sha256:bb',
    ]);
  });

  it('that is broken gives way to what is asked for', () => {
    expect(lines('poetry', 'poetry.lock', { 'pyproject.toml': poetry, 'poetry.lock': '<<<<<<<' })).toEqual(['flask[async]']);
  });
});
