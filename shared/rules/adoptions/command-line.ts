/*
 * How gunicorn and uvicorn were started, read from their command line: what of it a slot needs, and what a slot says itself.
 * An option that is not in these lists stops a move: nobody knows what it would miss.
 */

export interface Run {
  /** module:object, or module:factory(). */
  entryPoint: string;
  type: 'wsgi' | 'asgi' | 'command';
  workers: number | undefined;
  /** Folder that it changes to first. */
  folder: string | undefined;
  /** Of type command: the whole, with its socket in place of where it listened. */
  command: string | undefined;
}

/** drop: the slot says it itself, or needs it no more; keep: carried over; stop: it cannot be; flags end with no value. */
type Meaning = 'drop' | 'keep' | 'stop' | 'workers' | 'folder' | 'factory';
interface Option {
  value: boolean;
  meaning: Meaning;
}

const options = (value: boolean, meaning: Meaning, names: string): [string, Option][] => names.split(' ').map((name) => [name, { value, meaning }]);

const gunicorn = new Map([
  ...options(true, 'workers', '--workers -w'),
  ...options(true, 'folder', '--chdir'),
  ...options(
    true,
    'drop',
    '--bind -b --pid -p --name -n --user -u --group -g --umask -m --log-file --error-logfile --access-logfile --worker-tmp-dir --backlog --env -e --forwarded-allow-ips',
  ),
  ...options(
    true,
    'keep',
    '--worker-class -k --threads --timeout -t --graceful-timeout --keep-alive --max-requests --max-requests-jitter --worker-connections --log-level --limit-request-line --limit-request-fields --limit-request-field_size',
  ),
  ...options(true, 'stop', '--config -c --log-config --pythonpath --certfile --keyfile'),
  ...options(false, 'drop', '--reload -R --enable-stdio-inheritance --capture-output --reuse-port --disable-redirect-access-to-syslog'),
  ...options(false, 'keep', '--preload --no-sendfile'),
  ...options(false, 'stop', '--daemon -D'),
]);

const uvicorn = new Map([
  ...options(true, 'workers', '--workers'),
  ...options(true, 'folder', '--app-dir'),
  ...options(true, 'drop', '--host --port --uds --forwarded-allow-ips --backlog'),
  ...options(
    true,
    'keep',
    '--loop --http --ws --lifespan --interface --timeout-keep-alive --timeout-graceful-shutdown --limit-concurrency --limit-max-requests --root-path --log-level',
  ),
  ...options(true, 'stop', '--fd --env-file --log-config'),
  ...options(false, 'factory', '--factory'),
  ...options(false, 'drop', '--reload --proxy-headers --access-log --no-access-log --use-colors --no-use-colors'),
  ...options(false, 'keep', '--no-server-header --no-date-header --server-header --date-header'),
  ...options(false, 'stop', '--no-proxy-headers'),
]);

const target = /^[A-Za-z_][\w.]*(:[A-Za-z_][\w.]*(\(\))?)?$/;
const most = 64;

/** What a command line starts; a text says why it cannot be carried over. */
export function runOf(server: string, words: readonly string[]): Run | string {
  const known = server === 'gunicorn' ? gunicorn : server === 'uvicorn' ? uvicorn : undefined;
  if (known === undefined) return `ForgeBoard does not know how ${server} is started`;
  const at = words.findIndex((word) => word === server || word.endsWith(`/${server}`));
  const rest = words.slice(at + 1);
  const kept: string[] = [];
  const targets: string[] = [];
  const said = new Map<Meaning, string>();
  for (let index = 0; index < rest.length; index += 1) {
    const word = rest[index] as string;
    if (!word.startsWith('-')) {
      targets.push(word);
      continue;
    }
    const [name, joined] = split(word, known);
    const option = known.get(name);
    if (option === undefined) return `its option ${name} is not one that can be carried over`;
    const value = option.value ? (joined ?? rest[++index]) : undefined;
    if (option.value && value === undefined) return `its option ${name} has no value`;
    if (option.meaning === 'stop') return `its option ${name} cannot be carried over`;
    if (option.meaning === 'keep') {
      if (value !== undefined && !/^[\w./:@+-]+$/.test(value)) return `the value of its option ${name} is not one that can be carried over`;
      if (isUsual(server, name, value)) continue;
      kept.push(name, ...(value === undefined ? [] : [value]));
    } else said.set(option.meaning, value ?? '');
  }
  const [entry] = targets;
  if (entry === undefined || targets.length > 1 || !target.test(entry)) return 'its command line does not say clearly which app it serves';
  const workers = said.has('workers') ? Number(said.get('workers')) : undefined;
  if (workers !== undefined && !(Number.isInteger(workers) && workers >= 1 && workers <= most)) return 'its number of workers is not a plain number';
  const whole = entry.includes(':') ? entry : `${entry}:${server === 'gunicorn' ? 'application' : 'app'}`;
  const entryPoint = said.has('factory') && !whole.endsWith('()') ? `${whole}()` : whole;
  const common = { entryPoint, workers, folder: said.get('folder') };
  if (kept.length === 0) return { ...common, type: server === 'gunicorn' ? 'wsgi' : 'asgi', command: undefined };
  const socket =
    server === 'gunicorn' ? ['--bind', 'unix:$SOCKET'] : ['--uds', '$SOCKET', '--proxy-headers', "--forwarded-allow-ips '*'", ...(said.has('factory') ? ['--factory'] : [])];
  const count = ['--workers', String(workers ?? 1)];
  const served = server === 'gunicorn' ? `'${whole}'` : whole;
  return { ...common, type: 'command', command: ['python -m', server, ...socket, ...count, ...kept, whole.endsWith('()') ? served : whole].join(' ') };
}

/** --name=value, and -w4. */
function split(word: string, known: ReadonlyMap<string, Option>): [name: string, value: string | undefined] {
  const equals = word.indexOf('=');
  if (word.startsWith('--')) return equals < 0 ? [word, undefined] : [word.slice(0, equals), word.slice(equals + 1)];
  const short = word.slice(0, 2);
  return word.length > 2 && known.get(short)?.value === true ? [short, word.slice(2).replace(/^=/, '')] : [word, undefined];
}

/** What the server does anyway. */
const isUsual = (server: string, name: string, value: string | undefined) =>
  (/^(-k|--worker-class)$/.test(name) && value === 'sync') ||
  (name === '--log-level' && value === 'info') ||
  (name === '--threads' && value === '1') ||
  (server === 'gunicorn' && name === '--timeout' && value === '30');
