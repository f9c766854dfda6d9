import { describe, expect, it } from 'vitest';
import { inspect } from '../../../../electron/engine/inspect.ts';
import { inspected, sourceOf } from './texts.ts';

const app = 'from flask import Flask\napp = Flask(__name__)\n';

/** The same numbers for the same seed. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe('whatever lies in a folder', () => {
  it('says that code is of Python 2, and names its line', async () => {
    const found = await inspected({ 'app.py': `${app}print "x"\n` });
    expect(found).toMatchObject({ type: 'flask', findings: expect.arrayContaining([expect.objectContaining({ severity: 'stop', text: 'app.py is written for Python 2' })]) });
  });

  it.each<[string, Record<string, string>]>([
    ['a module with an error', { 'app.py': `${app}def (:\n  x = [\n` }],
    ['brackets without an end', { 'app.py': app, 'b.py': `import os\nx = ${'['.repeat(50_000)}` }],
    ['an endless sum', { 'app.py': app, 'b.py': `import os\nx = ${'1+'.repeat(50_000)}1\n` }],
    ['a chain of calls', { 'app.py': app, 'b.py': `import os\nx = a${'.b()'.repeat(20_000)}\n` }],
    ['blocks in blocks', { 'app.py': app, 'b.py': Array.from({ length: 400 }, (_, at) => `${' '.repeat(at)}if os.environ:\n`).join('') }],
    ['imports in circles', { 'app.py': `from b import app as c\n${app}`, 'b.py': 'from app import c as app\n', 'd.py': 'from d import d\n', 'e.py': 'e = e\n' }],
    ['a factory that calls itself', { 'app.py': `${app}def create_app():\n    x = create_app()\n    return x\n` }],
    ['a class that is its own base', { 'app.py': `${app}class A(A):\n    x: str\n`, 's.py': 'from pydantic_settings import BaseSettings\nclass S(S):\n    x: int\n' }],
    ['requirements that include themselves', { 'app.py': app, 'requirements.txt': '-r requirements.txt\n-r ../../etc/passwd\n' }],
    ['broken documents', { 'app.py': app, 'pyproject.toml': '[[', 'fly.toml': 'x', 'compose.yml': '{[', 'package.json': '{', Pipfile: '"' }],
    [
      'aliases that grow',
      { 'app.py': app, 'compose.yml': `a: &a [x,x,x,x,x,x,x,x,x]\n${[...'bcdefghi'].map((name, at) => `${name}: &${name} [${`*${'abcdefgh'[at]},`.repeat(9)}]`).join('\n')}\n` },
    ],
    ['documents that are a list or a word', { 'app.py': app, 'pyproject.toml': '', 'mkdocs.yml': '- 1\n', 'render.yaml': 'word', 'package.json': '[]' }],
    ['binary files with the names of others', { 'app.py': app, 'b.py': '\0\0import os', Procfile: '\0', 'requirements.txt': '\ufffd\0' }],
  ])('is no trouble: %s', async (_name, texts) => expect(await inspected(texts)).toMatchObject({ app: true, type: 'flask', entrypoint: 'app:app' }));

  it('leaves a generated module of 50 MB alone and says so', async () => {
    const source = sourceOf({ 'app.py': app, 'data.py': '' });
    const found = await inspect(
      { ...source, files: source.files.map((file) => (file.path === 'data.py' ? { ...file, size: 50e6 } : file)) },
      () => {},
      new AbortController().signal,
    );
    expect(found).toMatchObject({ type: 'flask', findings: expect.arrayContaining([expect.objectContaining({ text: 'data.py is too large to be read closely' })]) });
  });

  it('goes on where a file is gone, and tells of folders that could not be read', async () => {
    const source = sourceOf({ 'app.py': app, 'gone.py': '' });
    const found = await inspect({ ...source, unread: ['shut/'], isCut: true, read: async (path) => (path === 'app.py' ? app : null) }, () => {}, new AbortController().signal);
    expect(found.findings.map(({ severity }) => severity)).toEqual(expect.arrayContaining(['stop', 'warning', 'note']));
    expect(found.entrypoint).toBe('app:app');
  });

  it('stops when it is cancelled', async () => {
    const gone = new AbortController();
    gone.abort();
    await expect(inspect(sourceOf({ 'app.py': app }), () => {}, gone.signal)).rejects.toBe(gone.signal.reason);
  });

  it('answers for texts cut, doubled and mixed at random', async () => {
    const below = numbers(20_261_122);
    const pieces = [
      app,
      'import os\nx = os.environ["A"]\n',
      'class S(BaseSettings):\n    a: str = Field(...)\n',
      'if __name__ == "__main__":\n    uvicorn.run("a:b")\n',
      'def create_app(*, x=1):\n  return Flask("x")\n',
      '@app.get("/")\nasync def f(): ...\n',
      "D = {**a, 'b': [c for c in d]}\n",
      'f"{x!r:>{y}}"\n',
      'lambda: (yield)\n',
      'match x:\n case {"a": [*_]}: pass\n',
      '\t"""',
      '\\\n',
      '\ufeff',
      "'",
      '(',
      ']',
      '#',
      ':',
      '\r',
    ];
    const files = [
      'app.py',
      'shop/__init__.py',
      'shop/settings.py',
      'Procfile',
      'Dockerfile',
      'pyproject.toml',
      'requirements.txt',
      '.env.example',
      'compose.yml',
      'README.md',
      'setup.cfg',
    ];
    for (let round = 0; round < 400; round += 1) {
      const texts: Record<string, string> = {};
      for (let count = 1 + below(5); count > 0; count -= 1) {
        let text = Array.from({ length: below(8) }, () => pieces[below(pieces.length)] ?? '').join('');
        if (below(2) === 0) text = text.slice(below(text.length + 1));
        if (below(3) === 0) text = `${text.slice(0, below(text.length + 1))}${String.fromCharCode(below(0x3000))}${text}`;
        texts[files[below(files.length)] ?? ''] = text;
      }
      await expect(inspected(texts), JSON.stringify(texts)).resolves.toHaveProperty('app');
    }
  });
});
