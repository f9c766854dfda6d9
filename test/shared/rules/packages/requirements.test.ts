import { describe, expect, it } from 'vitest';
import { declaredPackages, standardRange } from '../../../../shared/rules/packages/declared.ts';
import { foldMarker } from '../../../../shared/rules/packages/markers.ts';
import { hasWheel } from '../../../../shared/rules/packages/native.ts';
import { readRequirement, requirementText } from '../../../../shared/rules/packages/requirement.ts';
import { readRequirements } from '../../../../shared/rules/packages/requirements-file.ts';
import { admits } from '../../../../shared/rules/packages/versions.ts';
import { papersOf } from './papers.ts';

describe('one requirement', () => {
  it.each([
    ['Flask', 'flask', 'Flask'],
    ['uvicorn[standard] >= 0.30, <1 ; python_version < "3.13"', 'uvicorn', 'uvicorn[standard]>=0.30,<1 ; python_version < "3.13"'],
    ['zope.interface (==5.*)', 'zope-interface', 'zope.interface==5.*'],
    ['pkg @ git+https://example.org/pkg.git@main ; sys_platform == "linux"', 'pkg', 'pkg @ git+https://example.org/pkg.git@main ; sys_platform == "linux"'],
  ])('%s', (text, name, again) => {
    const read = readRequirement(text);
    expect(read?.name).toBe(name);
    expect(read && requirementText(read)).toBe(again);
  });

  it.each(['', '==1.0', 'flask=1.0', 'flask 1.0', 'pip install flask', '<<<<<<< HEAD'])('is not %j', (text) => expect(readRequirement(text)).toBeNull());
});

describe('a range of versions', () => {
  it.each([
    ['>=3.9,<3.12', ['3.9', '3.11.4'], ['3.8', '3.12.0']],
    ['^3.9', ['3.9', '3.13'], ['3.8', '4.0']],
    ['~3.9', ['3.9.5'], ['3.10']],
    ['~=3.9', ['3.13'], ['3.8', '4.0']],
    ['==3.11.*', ['3.11.2'], ['3.12']],
    ['>=3.8 <3.11', ['3.10'], ['3.11']],
    ['!=3.9.*', ['3.10'], ['3.9.1']],
    ['3.11', ['3.11.2'], ['3.12.1']],
    ['*', ['3.9'], []],
  ])('%s', (range, inside, outside) => {
    expect(inside.filter((version) => !admits(range, version))).toEqual([]);
    expect(outside.filter((version) => admits(range, version))).toEqual([]);
  });

  it.each([
    ['^1.2.3', '>=1.2.3,<2'],
    ['^0.2.3', '>=0.2.3,<0.3'],
    ['^0.0.3', '>=0.0.3,<0.0.4'],
    ['~1.2.3', '>=1.2.3,<1.3'],
    ['1.2.3', '==1.2.3'],
    ['>=1,<2', '>=1,<2'],
    ['*', ''],
  ])('%s as everybody writes it', (given, standard) => expect(standardRange(given)).toBe(standard));
});

describe('a marker', () => {
  it.each<[string, boolean | string]>([
    ['sys_platform == "win32"', false],
    ['platform_system != "Windows" and implementation_name == "cpython"', true],
    ['python_version < "3.11"', false],
    ['(os_name == "nt" or python_full_version >= "3.11.1") and extra == "async"', true],
    ['extra == "other"', false],
    ['platform_machine == "x86_64"', 'platform_machine == "x86_64"'],
    ['sys_platform == "linux" and (platform_machine == "x86_64" or os_name == "nt")', 'platform_machine == "x86_64"'],
    ['"linux" in sys_platform', true],
    ['what is this', 'what is this'],
  ])('%s', (marker, folded) => expect(foldMarker(marker, { python: '3.11.2', machine: null, extras: ['async'] })).toBe(folded));
});

it.each<[string[], boolean | null]>([
  [['a-1-py3-none-any.whl'], true],
  [['a-1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl'], true],
  [['a-1-cp39-abi3-manylinux_2_28_x86_64.whl'], true],
  [['a-1-cp310-cp310-manylinux_2_17_x86_64.whl', 'a-1.tar.gz'], false],
  [['a-1-cp311-cp311-win_amd64.whl', 'a-1-cp311-cp311-manylinux_2_17_aarch64.whl', 'a-1-cp311-cp311-musllinux_1_1_x86_64.whl'], false],
  [[], null],
])('%j has a wheel for Python 3.11 on x86_64: %s', (files, has) => expect(hasWheel(files, '3.11.2', 'x86_64')).toBe(has));

describe('a requirements file', () => {
  const read = (texts: Record<string, string>, file = 'requirements.txt') => readRequirements(papersOf(texts), file);

  it('is read with what it includes, options and comments left out', () => {
    const found = read({
      'requirements.txt':
        '--index-url https://example.org\n-r deps/base.txt  # more\nflask==3.0.0 \\\n    --hash=sha256:aa\n-c constraints.txt\n-e .\n./wheels/a-1-py3-none-any.whl\n',
      'deps/base.txt': '-r ../requirements.txt\nredis\n-e git+https://example.org/tool.git#egg=tool\n',
      'constraints.txt': 'redis==5.0\n',
    });
    expect(found.packages.map(({ written, versions, file, line }) => [written, versions, file, line])).toEqual([
      ['redis', '', 'deps/base.txt', 2],
      ['tool', '', 'deps/base.txt', 3],
      ['flask', '==3.0.0', 'requirements.txt', 3],
    ]);
    expect(found.constraints.map(({ name, versions }) => name + versions)).toEqual(['redis==5.0']);
    expect(found.wrong).toEqual([]);
  });

  it.each([
    ['<<<<<<< HEAD', 'it is left from a merge in git'],
    ['pip install flask', 'it is a command, not a package'],
    ['Package    Version', 'it is a list for people: pip freeze writes one for pip'],
    ['flask=1.0=py39_0', 'it has the form of conda, one = instead of two'],
    ['flask 1.0', 'there is no == between name and version'],
    ['certifi @ file:///opt/conda/certifi', 'it names a file of another computer'],
    ['-r more.txt', 'it includes more.txt, which is not there'],
    ['-r ../../etc/passwd', 'it includes ../../etc/passwd, which is not there'],
  ])('has a line that pip refuses: %s', (line, why) => expect(read({ 'requirements.txt': `redis\n${line}\n` }).wrong).toEqual([{ file: 'requirements.txt', line: 2, why }]));
});

describe('what a project asks for', () => {
  it.each<[string, Parameters<typeof declaredPackages>[1], string, Record<string, string>, string[]]>([
    [
      'PEP 621 with the groups that it is served with',
      'pyproject',
      'pyproject.toml',
      {
        'pyproject.toml':
          '[project]\ndependencies = ["flask>=3"]\n[project.optional-dependencies]\nprod = ["gunicorn"]\ndev = ["pytest"]\npdf = ["weasyprint"]\n[dependency-groups]\nserver = [{include-group = "base"}]\nbase = ["redis"]\nlint = ["ruff"]\n',
        Dockerfile: 'RUN pip install .[pdf,dev]\n',
      },
      ['flask>=3', 'gunicorn', 'weasyprint', 'redis'],
    ],
    [
      'Poetry',
      'poetry',
      'pyproject.toml',
      {
        'pyproject.toml':
          '[tool.poetry.dependencies]\npython = "^3.11"\nflask = "^3.0"\nredis = {version = "*", optional = true}\nuvicorn = {version = "0.30", extras = ["standard"], python = ">=3.9,<4"}\ntool = {git = "https://example.org/tool.git", tag = "v1"}\n[tool.poetry.group.dev.dependencies]\npytest = "*"\n',
      },
      ['flask>=3.0,<4', 'uvicorn[standard]==0.30 ; python_version >= "3.9" and python_version < "4"', 'tool @ git+https://example.org/tool.git@v1'],
    ],
    [
      'Pipenv',
      'pipenv',
      'Pipfile',
      { Pipfile: '[packages]\nflask = "*"\nredis = {version = ">=5", markers = "os_name == \'posix\'"}\n[dev-packages]\npytest = "*"\n' },
      ['flask', "redis>=5 ; os_name == 'posix'"],
    ],
    [
      'conda',
      'conda',
      'environment.yml',
      {
        'environment.yml':
          'dependencies:\n  - python=3.11\n  - conda-forge::flask=2.3\n  - numpy=1.26.4=py311h_0\n  - libgcc-ng=11\n  - pytorch>=2\n  - pip:\n      - redis==5.0\n',
      },
      ['flask==2.3.*', 'numpy==1.26.4', 'torch>=2', 'redis==5.0'],
    ],
    [
      'setup.py by a list of its own',
      'setup.py',
      'setup.py',
      { 'setup.py': 'needs = [\n  "flask>=2",  # web\n  \'redis\',\n]\nsetup(install_requires=needs, extras_require={"dev": ["pytest"]})\n' },
      ['flask>=2', 'redis'],
    ],
    [
      'setup.cfg',
      'setup.py',
      'setup.cfg',
      { 'setup.cfg': '[options]\ninstall_requires =\n    flask>=2\n    redis; os_name == "posix"\nzip_safe = no\n' },
      ['flask>=2', 'redis ; os_name == "posix"'],
    ],
  ])('%s', (_name, source, file, texts, asked) => expect(declaredPackages(papersOf(texts), source, file).packages.map(requirementText)).toEqual(asked));

  it('is not known where code says it', () =>
    expect(declaredPackages(papersOf({ 'setup.py': 'setup(install_requires=read("r.txt"))' }), 'setup.py', 'setup.py')).toMatchObject({ packages: [], isDynamic: true }));
});
