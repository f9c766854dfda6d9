import ignore from 'ignore';

const junk = ignore().add([
  '.git',
  '.hg',
  '.svn',
  '__pycache__',
  '*.pyc',
  '*.pyo',
  '.venv',
  'venv',
  'node_modules',
  '.tox',
  '.nox',
  '.mypy_cache',
  '.pytest_cache',
  '.ruff_cache',
  '.idea',
  '.vscode',
  '.DS_Store',
  'Thumbs.db',
  '*.swp',
  '*~',
]);

/** Made anew anywhere, or of no use to the app. Told by the name alone, at any depth, so it is worked out once a name. */
export const isJunk = (name: string): boolean => junk.ignores(name);

/** Files that look like secrets: they stay on this computer. */
export const secretFiles = ignore().add([
  '.env',
  '.env.*',
  '!.env.example',
  '!.env.sample',
  '!.env.template',
  '*.pem',
  '*.key',
  '*.p12',
  '*.pfx',
  '*.kdbx',
  'id_rsa',
  'id_dsa',
  'id_ecdsa',
  'id_ed25519',
  'secrets.toml',
  '.secrets.*',
  '.netrc',
  '.pypirc',
  '.npmrc',
  '.aws/',
  '.ssh/',
]);
