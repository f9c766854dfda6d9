import { folderOf, nameOf } from './project.ts';
import { joinedLines } from './texts.ts';

/** What a command in a file other than Python starts. */
export interface Hint {
  /** object: module:object of a server. script: a Python file, or a package run with -m (its path). settings: a Django project. */
  kind: 'object' | 'script' | 'django' | 'streamlit' | 'celery';
  /** module:object, a path, or empty. */
  target: string;
  isFactory: boolean;
  served: 'wsgi' | 'asgi' | null;
  /** The folder of the file that says so. */
  folder: string;
  /** How much it says: what is deployed by says more than what a README shows. */
  weight: number;
  file: string;
  /** Null where the whole file says it. */
  line: number | null;
  text: string;
}

const weights: [RegExp, number][] = [
  [/^Procfile/i, 100],
  [/Dockerfile|Containerfile/i, 90],
  [/^(fly|render|railway|app|heroku|nixpacks|apprunner|zappa|vercel)\b.*\.(toml|ya?ml|json)$|uwsgi|\.service(\.\w+)?$|supervisor/i, 85],
  [/compose/i, 80],
  [/\.(sh|bash)$|^(start|run|(docker-)?entrypoint)$/i, 70],
  [/^\.flaskenv$/, 70],
  [/pyproject\.toml|Pipfile/i, 60],
  [/^(Makefile|justfile)$/i, 45],
  [/^README/i, 40],
];

/** How much a file says of how its project is run; 0: nothing. */
export const weightOf = (file: string): number => (isWorkflow(file) ? 65 : (weights.find(([name]) => name.test(nameOf(file)))?.[1] ?? 0));

const isWorkflow = (file: string): boolean => /^\.github\/workflows\//.test(file);

const target = String.raw`([A-Za-z_][\w.]*:[A-Za-z_][\w.]*)(\(\s*\))?`;
const servers = new RegExp(String.raw`\b(uvicorn|gunicorn|hypercorn|daphne|granian|waitress-serve|pserve|mod_wsgi-express)\b([^|;&]*?)(?<![\w/.:-])${target}(?![\w/])`, 'g');
/** `gunicorn shop.wsgi`: without an object it is application. */
const bare = /\b(gunicorn|uwsgi)\b([^|;&]*?)\s([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*\.wsgi|wsgi)(?![\w.:/])/g;

/** Finds what is started by a file of another kind than Python. */
export function hintsOf(file: string, text: string): Hint[] {
  const weight = weightOf(file);
  // Of the workflows only what runs by the clock is the project's work; the others look after its code.
  if (weight === 0 || (isWorkflow(file) && !/^\s*-?\s*schedule:/m.test(text))) return [];
  const found: Hint[] = spaceOf(file, text);
  const folder = isWorkflow(file) ? '.' : folderOf(file);
  for (const { line, text: raw } of joinedLines(text)) {
    if (raw.length > 4000 || /^\s*(#(?!!)|\/\/)/.test(raw)) continue;
    // A command that is declared starts nothing yet.
    if (/\.toml$/.test(file) && /^\s*["']?[\w.-]+["']?\s*=\s*["'][\w.]+:[\w.]+["']\s*$/.test(raw)) continue;
    // What is done while an image is built starts nothing.
    if (/Dockerfile|Containerfile/i.test(nameOf(file)) && /^\s*(RUN|COPY|ADD|LABEL)\b/i.test(raw)) continue;
    // Arguments in a JSON array read as words do.
    const words = raw.replace(/\\+([()])/g, '$1').replace(/["'`,[\]]+/g, ' ');
    const add = (hint: Pick<Hint, 'kind' | 'target'> & Partial<Hint>) =>
      found.push({ isFactory: false, served: null, folder, weight, file, line, text: raw.trim().slice(0, 200), ...hint });
    // Where a development server is started beside, that is worth less.
    for (const [, server = '', options = '', entry = '', called] of words.matchAll(servers)) {
      const isAsgi = /uvicorn|hypercorn|daphne|granian/.test(server) || /uvicorn[\w.]*worker/i.test(words);
      add({ kind: 'object', target: entry, isFactory: called !== undefined || /--factory|--call\b/.test(options + words), served: isAsgi ? 'asgi' : 'wsgi' });
    }
    for (const [, , , entry = ''] of words.matchAll(bare)) add({ kind: 'object', target: `${entry}:application`, served: 'wsgi' });
    const uwsgi = /^\s*(?:module|wsgi)\s*[=:]\s*([\w.]+)(?::(\w+))?/.exec(words) ?? /(?:--module|-w)[= ]+([\w.]+)(?::(\w+))?/.exec(/uwsgi/.test(words) ? words : '');
    if (uwsgi?.[1] !== undefined && (/uwsgi/i.test(file) || /uwsgi/.test(words))) add({ kind: 'object', target: `${uwsgi[1]}:${uwsgi[2] ?? 'application'}`, served: 'wsgi' });
    const wsgiFile = /wsgi-file\s*[= ]\s*([\w./-]+\.py)/.exec(words)?.[1];
    if (wsgiFile !== undefined)
      add({
        kind: 'object',
        target: `${wsgiFile
          .replace(/^.*\/app\/|^\.?\//, '')
          .replace(/\.py$/, '')
          .replaceAll('/', '.')}:application`,
        served: 'wsgi',
      });
    const flask = /(?:\bFLASK_APP\s*[=: ]\s*|\bflask\s+(?:--debug\s+)?--app[= ]\s*)([\w./:-]+)/.exec(words)?.[1];
    if (flask !== undefined) {
      const [module = '', object = ''] = flask
        .replace(/^\.?\//, '')
        .replace(/\.py(?=:|$)/, '')
        .split(':');
      add({ kind: 'object', target: `${module.replaceAll('/', '.')}:${object}`, weight: Math.min(weight, 75) });
    }
    for (const [, path = ''] of words.matchAll(/\bfastapi\s+(?:run|dev)\s+(?:--\S+\s+)*([\w./-]+\.py)/g))
      add({
        kind: 'object',
        target: `${path
          .replace(/^\.?\//, '')
          .replace(/\.py$/, '')
          .replaceAll('/', '.')}:`,
        served: 'asgi',
      });
    for (const [, path = ''] of words.matchAll(/\bstreamlit\s+run\s+(?:--\S+\s+)*([^\s;&|<>]+\.py)/g)) add({ kind: 'streamlit', target: clean(path) });
    if (/manage\.py\s+(runserver|migrate|collectstatic)/.test(words)) add({ kind: 'django', target: 'manage.py' });
    const celery = /\bcelery\s+(?:-A|--app)[= ]\s*([\w.:]+)/.exec(words)?.[1];
    if (celery !== undefined) add({ kind: 'celery', target: celery });
    for (const [, module = ''] of words.matchAll(/\bpython[\d.]*\s+(?:-[uOB]+\s+)*-m\s+([A-Za-z_][\w.]*)/g))
      if (
        !/^(pip|venv|pytest|http|unittest|flask|uvicorn|gunicorn|streamlit|celery|build|virtualenv|ensurepip|twine|mypy|black|playwright|spacy|nltk|http\.server|isort|ruff|flake8|coverage|tox|pipenv|poetry|uv|hypercorn|daphne|alembic|compileall|json\.tool|debugpy|ipykernel|jupyter|pre_commit|PyInstaller)$/.test(
          module,
        )
      )
        add({ kind: 'script', target: module.replaceAll('.', '/') });
    for (const [, path = ''] of words.matchAll(/\b(?:python[\d.]*|uv run|poetry run python)\s+(?:-[uOB]+\s+)*([^\s;&|<>=$]+\.py)\b/g))
      if (!/(^|\/)(setup|manage|test\w*|get-pip)\.py$/.test(path)) add({ kind: 'script', target: clean(path) });
  }
  return found;
}

/** The head of a README that a host of demos starts its app by. */
function spaceOf(file: string, text: string): Hint[] {
  const head = /^---\r?\n([\s\S]{0,2000}?)\r?\n---/.exec(text)?.[1];
  const sdk = head === undefined || !/^README/i.test(nameOf(file)) ? undefined : /^sdk:\s*(streamlit|gradio)\s*$/m.exec(head)?.[1];
  if (head === undefined || sdk === undefined) return [];
  const target = /^app_file:\s*["']?([^"'\n]+?)["']?\s*$/m.exec(head)?.[1] ?? 'app.py';
  const line = head.slice(0, head.indexOf('sdk:')).split('\n').length + 1;
  return [
    {
      kind: sdk === 'streamlit' ? 'streamlit' : 'script',
      target: clean(target),
      isFactory: false,
      served: null,
      folder: folderOf(file),
      weight: 95,
      file,
      line,
      text: `app_file: ${target}`,
    },
  ];
}

/** A path in a container or with ./ before it, as it may stand in the folder. */
const clean = (path: string): string =>
  path
    .replace(/^\.\//, '')
    .replace(/^\/(usr\/src\/app|app|code|opt\/\w+|src|workspace)\//, '')
    .replace(/^\//, '');
