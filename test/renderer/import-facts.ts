import type { Inspection, Travelling } from '../../shared/contract/imports.ts';

/* The folder of the mockup: a small FastAPI service. */

const at = (file: string, line: number | null, text: string) => ({ file, line, text });

export const inspection: Inspection = {
  app: true,
  reason: null,
  type: 'fastapi',
  root: '.',
  entrypoint: 'stock.main:app',
  alternatives: [{ type: 'fastapi', root: '.', entrypoint: 'stock.mock:app', confidence: 'guess', evidence: [at('stock/mock.py', 5, 'app = FastAPI()')] }],
  python: '3.11',
  dependencies: { source: 'requirements.txt', file: 'requirements.txt' },
  plan: {
    settings: { type: 'asgi', entry_point: 'stock.main:app', processes: { worker: 'arq stock.jobs.Worker' }, python: '3.11', persist: ['uploads', 'cache.sqlite3'] },
    reasons: [{ setting: 'python', text: 'Python 3.11, as .python-version asks', evidence: [at('.python-version', 1, '3.11')] }],
    undecided: false,
  },
  processes: { worker: 'arq stock.jobs.Worker' },
  environment: [
    { name: 'LOG_LEVEL', required: false, default: 'info', secret: false, evidence: [at('stock/main.py', 7, 'os.getenv("LOG_LEVEL", "info")')] },
    { name: 'DATABASE_URL', required: true, default: null, secret: true, evidence: [at('stock/settings.py', 9, 'os.environ["DATABASE_URL"]')] },
    { name: 'SUPPLIER_KEY', required: true, default: null, secret: true, evidence: [at('stock/supply.py', 5, 'os.environ["SUPPLIER_KEY"]')] },
    { name: 'SECRET_KEY', required: true, default: null, secret: true, evidence: [at('stock/settings.py', 11, 'os.environ["SECRET_KEY"]')] },
    { name: 'SENTRY_DSN', required: true, default: null, secret: false, evidence: [at('stock/main.py', 19, 'sentry_sdk.init(os.environ["SENTRY_DSN"])')] },
  ],
  services: ['postgres', 'redis'],
  static: [],
  media: [],
  persist: [
    { path: 'cache.sqlite3', kind: 'database', isThere: true, evidence: [at('stock/cache.py', 6, 'sqlite3.connect("cache.sqlite3")')] },
    { path: 'uploads', kind: 'uploads', isThere: false, evidence: [at('stock/settings.py', 14, 'MEDIA_ROOT = BASE / "uploads"')] },
  ],
  findings: [
    { severity: 'note', text: '6 packages have no version; what is installed is written down', evidence: [at('requirements.txt', null, '')] },
    { severity: 'warning', text: 'psycopg2 needs libpq-dev on the server to be built', evidence: [at('requirements.txt', 4, 'psycopg2')] },
  ],
  grounds: {
    type: { confidence: 'certain', text: 'FastAPI is made here', evidence: [at('stock/main.py', 14, 'app = FastAPI(title="Stock")')] },
    entrypoint: { confidence: 'likely', text: 'The README starts it', evidence: [at('README.md', 8, 'uvicorn stock.main:app')] },
    python: { confidence: 'certain', text: 'A file says it', evidence: [at('.python-version', null, '3.11')] },
    dependencies: { confidence: 'likely', text: 'Beside the code', evidence: [at('requirements.txt', null, '23 packages')] },
  },
};

export const travelling: Travelling = {
  files: 187,
  bytes: 1_240_000,
  listed: [
    { path: 'README.md', bytes: 2_100 },
    { path: 'requirements.txt', bytes: 610 },
    { path: 'stock/main.py', bytes: 3_900 },
  ],
  leftOut: [
    { path: '.venv', why: 'made anew', bytes: 212_000_000 },
    { path: 'node_modules', why: 'made anew', bytes: 96_000_000 },
    { path: 'dump-0412.sql', why: 'ignored', bytes: 38_000_000 },
    { path: '.git', why: 'made anew', bytes: 4_100_000 },
    { path: '.env', why: 'looks like a secret', bytes: 1_100 },
  ],
  dotenv: [
    {
      path: '.env',
      file: 'folder-env',
      variables: [
        { name: 'DATABASE_URL', secret: true },
        { name: 'SUPPLIER_KEY', secret: true },
        { name: 'LOG_LEVEL', secret: false },
        { name: 'LEGACY_FLAG', secret: false },
      ],
    },
  ],
};
