import { Failure } from '../errors.ts';

/** Where a folder's app is, and the line that says so. */
export interface Detected {
  /** module:object, or module:factory() */
  entrypoint: string;
  evidence: { path: string; line: number; text: string };
}

const makers =
  /^(?:flask\.)?Flask\(|^(?:bottle\.)?(?:Bottle|default_app)\(|^(?:falcon\.)?(?:App|API)\(|^get_wsgi_application\(|^(?:create|make)_(?:wsgi_)?app\(|^\w+\.make_wsgi_app\(/;
const asgiMakers = /^(?:fastapi\.)?FastAPI\(|^(?:starlette\.applications\.)?Starlette\(|^get_asgi_application\(|^Quart\(|^Litestar\(/;
const assignment = /^([A-Za-z_]\w*)\s*(?::[^=]+)?=\s*(.+)$/;
const callable = /^def\s+(application|app)\s*\(\s*\w+\s*,\s*\w+\s*\)/;
const factory = /^def\s+(create_app|make_app)\s*\(\s*(?:\w+\s*(?::[^=,)]+)?=[^,)]+,?\s*)*\)/;

/** File names in the order in which people use them; the rest comes after, by name. */
const usual = ['wsgi.py', 'app.py', 'main.py', 'application.py', 'server.py', 'run.py'];

/** Which files may hold the app: at the top, and one package deep. */
export function candidateFiles(paths: readonly string[]): string[] {
  const rank = (path: string) => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const position = usual.indexOf(name === '__init__.py' ? 'app.py' : name);
    return (position < 0 ? usual.length : position) + (path.includes('/') ? 10 : 0);
  };
  return paths
    .filter((path) => path.endsWith('.py') && path.split('/').length <= 2 && !/(^|\/)(tests?|conftest|setup|manage)(\.py)?(\/|$)/.test(path))
    .sort((one, other) => rank(one) - rank(other) || (one < other ? -1 : 1))
    .slice(0, 60);
}

/** Finds the WSGI app in sources given in the order of candidateFiles. @throws Failure unsupported */
export function detect(sources: readonly { path: string; text: string }[]): Detected {
  let asgi: string | undefined;
  let factoryFound: Detected | undefined;
  for (const { path, text } of sources) {
    const module = path.replace(/(\/__init__)?\.py$/, '').replaceAll('/', '.');
    for (const [index, line] of text.split(/\r?\n/).entries()) {
      const evidence = { path, line: index + 1, text: line.trim().slice(0, 200) };
      const [, name, value = ''] = assignment.exec(line) ?? [];
      if (name !== undefined && makers.test(value)) return { entrypoint: `${module}:${name}`, evidence };
      if (name !== undefined && asgiMakers.test(value)) asgi ??= `${path}:${index + 1}`;
      const direct = callable.exec(line)?.[1];
      if (direct !== undefined) return { entrypoint: `${module}:${direct}`, evidence };
      const made = factory.exec(line)?.[1];
      if (made !== undefined) factoryFound ??= { entrypoint: `${module}:${made}()`, evidence };
    }
  }
  if (factoryFound !== undefined) return factoryFound;
  if (asgi !== undefined) {
    throw new Failure('unsupported', `This is an ASGI app (${asgi}); this version deploys WSGI apps such as Flask`, { field: 'folder' });
  }
  throw new Failure('invalid', 'There is no app in this folder: no Flask, Bottle, Falcon or other WSGI application was found in its Python files', {
    field: 'folder',
    hint: 'Say where it is: --entry-point module:object',
  });
}
