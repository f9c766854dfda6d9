import type { NeededVariable } from '../../contract/imports.ts';
import { readDotenv } from '../dotenv.ts';
import { looksSecret } from '../variables.ts';
import { type Candidate, djangoItself } from './candidate.ts';
import { givenToChildren } from './children.ts';
import { djangoSettings, namedSettings } from './django-settings.ts';
import { dynaconfReads } from './dynaconf.ts';
import { evidenceAt, type Facts, farness } from './facts.ts';
import { folderOf, nameOf, upwards, within } from './project.ts';
import { helpersOf } from './env-helpers.ts';
import type { Read } from './env-readers.ts';
import { impliedReads } from './implied.ts';
import { readsOf } from './reads.ts';
import { reached } from './reach.ts';
import { classReads } from './settings-classes.ts';
import { eachStatement, meaning, type Sheet, textOf } from './sheet.ts';

/** Set by the system, a platform or ForgeBoard: nobody has to give them. */
const given =
  /^(GIT_(DIR|WORK_TREE|INDEX_FILE|AUTHOR_\w+|COMMITTER_\w+|EDITOR|SSH|SSH_COMMAND)|LISTEN_(FDS|PID|FDNAMES)|NOTIFY_SOCKET|JOURNAL_STREAM|(STATE|CACHE|LOGS|RUNTIME|CONFIGURATION|CREDENTIALS)_DIRECTORY|WATCHDOG_\w+|REQUEST_(METHOD|URI)|PATH_INFO|QUERY_STRING|SCRIPT_NAME|SERVER_(NAME|PROTOCOL)|REMOTE_(ADDR|USER)|CONTENT_(TYPE|LENGTH)|PATH|HOME|USER|USERNAME|LOGNAME|SHELL|PWD|TERM|LANG|LC_\w+|TZ|TMP|TEMP|TMPDIR|HOSTNAME|COMPUTERNAME|DISPLAY|EDITOR|VISUAL|PAGER|COLUMNS|LINES|APPDATA|LOCALAPPDATA|USERPROFILE|PROGRAMFILES|PROGRAMDATA|SYSTEMROOT|COMSPEC|XDG_\w+|PYTHON\w+|VIRTUAL_ENV|CONDA_\w+|CUDA_\w+|OMP_\w+|PORT|SOCKET|DATA_DIR|CI|GITHUB_ACTIONS|DYNO|WERKZEUG_\w+|SERVER_SOFTWARE|GATEWAY_INTERFACE|RUN_MAIN|INVOCATION_ID|NO_COLOR|FORCE_COLOR|http_proxy|https_proxy|no_proxy|HTTP_PROXY|HTTPS_PROXY|NO_PROXY|SSH_\w+|SUDO_\w+|DJANGO_SETTINGS_MODULE|READTHEDOCS\w*|PYTEST_\w+|JUPYTER\w*|KUBERNETES_\w+|AWS_LAMBDA_\w+|VERCEL\w*|RENDER\w*|RAILWAY_\w+|GAE_\w+|K_SERVICE|SPACE_ID|WEBSITE_\w+)$/;

/** What apps do without: switches, levels, and services that a feature more needs. */
const optional =
  /(^|_)(CONFIG|CONF|SETTINGS)(_(FILE|PATH|DIR))?$|(^|_)(DEBUG|VERBOSE|LOG|LOGGING|LOGLEVEL|LOG_LEVEL|ENV|ENVIRONMENT|STAGE|TESTING|TEST|ENABLED?|DISABLED?|TIMEOUT|WORKERS|THREADS|INTERVAL|LIMIT|RETRIES|MODE|PREFIX|SUFFIX|PROXY|PORT|SENTRY|ANALYTICS|NEWRELIC|NEW_RELIC|DATADOG|LOCALE|TIMEZONE|VERSION|RELEASE|COMMIT|USE|ALLOW|SKIP|MAX_?TOKENS|TLS|SSL)(_|$)|^(MAIL|EMAIL|SMTP|AWS|S3|OTEL|CORS|HOST|IP|BIND|GUNICORN|UVICORN|FLASK|GOOGLE_ANALYTICS|RECAPTCHA|ADMINS?|CACHE)(_|$)/i;
const needed =
  /(SECRET_KEY|DATABASE|(^|_)DB(_|$)|POSTGRES|MYSQL|MONGO|TOKEN|API_?(KEY|ID|HASH)|CHAT_ID|SIGNING_SECRET|ENDPOINT$|CONNECTION_?STRING$|BUCKET(_NAME)?$|_CONTAINER_NAME$|_DEPLOYMENT(_NAME)?$|(CLIENT|CONSUMER|ACCESS)_(ID|KEY|SECRET)|_UR[IL]$)/i;

/** Of a project's settings, those of other places than where it is served. */
const otherSettings =
  /(^|\/)\w*(settings|configs?|conf)\/(local\w*|dev\w*|test\w*|ci|staging)\.py$|(^|\/)settings_?(local|dev\w*|test\w*|ci)\.py$|(^|\/)(local|dev|test)_settings\.py$/i;

/** Every variable that the code reads, and that an example of a .env names. Values of a .env itself are never told. */
export function environmentOf(facts: Facts, best: Candidate): NeededVariable[] {
  const helpers = helpersOf(facts);
  const modules = appModules(facts, best);
  const entry = facts.project.sheets.get(best.path);
  const direct = new Set((entry === undefined ? [] : reached(facts, entry)).map(({ path }) => path));
  // Of what nothing imports by name, only that it is imported is likely.
  const isReached = (path: string): boolean => best.type === 'django' || best.type === 'worker' || direct.has(path);
  const examples = examplesOf(facts, best.root);
  const own = [...facts.project.sheets.values()].filter(({ path }) => modules.has(path));
  const set = new Set(own.flatMap(setNames));
  const children = new Set(own.flatMap(givenToChildren));
  const found = new Map<string, NeededVariable & { reads: number }>();
  const sheets = [...facts.project.sheets.values()]
    .filter(({ path }) => farness(path) < 2 || modules.has(path))
    .sort((one, other) => Number(modules.has(other.path)) - Number(modules.has(one.path)));
  for (const sheet of sheets) {
    const isApp = modules.has(sheet.path);
    for (const read of [...readsOf(facts, sheet, helpers), ...classReads(facts, sheet), ...dynaconfReads(facts, sheet), ...impliedReads(facts, sheet)]) {
      if (given.test(read.name)) continue;
      // Under a server nothing is run as a script.
      const counts = isApp && (isReached(sheet.path) || read.place === 'top') && (read.place !== 'main' || (best.served !== 'wsgi' && best.served !== 'asgi'));
      const isGiven = set.has(read.name) || (read.manner !== 'hard' && children.has(read.name));
      add(facts, found, sheet, read, counts, examples.get(read.name)?.isOptional === true || isGiven);
    }
  }
  const settings = best.entrypoint === djangoItself && entry !== undefined ? namedSettings(facts, best) : null;
  // Nothing of the project's own says it to a server that is not manage.py.
  if (settings !== null)
    found.set('DJANGO_SETTINGS_MODULE', { name: 'DJANGO_SETTINGS_MODULE', required: true, default: settings, secret: false, evidence: best.evidence.slice(0, 1), reads: 1 });
  for (const [name, { file, line, value }] of examples) {
    if (found.has(name) || given.test(name)) continue;
    const secret = looksSecret(name);
    found.set(name, { name, required: false, default: secret || value === '' ? null : value, secret, evidence: [{ file, line, text: `${name}=` }], reads: 0 });
  }
  return [...found.values()].map(({ reads: _reads, ...one }) => one).sort((one, other) => Number(other.required) - Number(one.required) || (one.name < other.name ? -1 : 1));
}

function add(facts: Facts, found: Map<string, NeededVariable & { reads: number }>, sheet: Sheet, read: Read, counts: boolean, isOptional: boolean): void {
  const { name } = read;
  const secret = looksSecret(name);
  const required = counts && !isOptional && isRequired(read);
  const fallback = secret ? (read.fallback?.text === '' ? '' : null) : (read.fallback?.text ?? null);
  const known = found.get(name);
  const evidence = { ...evidenceAt(facts, read.path ?? sheet.path, read.line) };
  // The line of a secret's default would show it.
  if (secret && read.fallback?.text != null && read.fallback.text !== '') evidence.text = evidence.text.replaceAll(read.fallback.text, '***');
  if (known === undefined) {
    found.set(name, { name, required, default: fallback, secret, evidence: [evidence], reads: 1 });
    return;
  }
  // Where one place has a default and another has none, it is there that it fails; where one only asks, it does not.
  if (required && read.manner === 'hard') known.required = true;
  else if (read.manner === 'asked' && counts && known.required && known.evidence.length > 0 && read.fallback === null)
    known.required = known.required && isHardLine(known.evidence[0]?.text ?? '');
  else if (known.reads === 0 || !counts) known.required = known.required || required;
  else known.required = known.required || (required && known.default === null);
  known.default ??= fallback;
  known.reads += 1;
  if (known.evidence.length < 5 && !known.evidence.some(({ file, line }) => file === evidence.file && line === evidence.line)) known.evidence.push(evidence);
}

const isHardLine = (text: string): boolean => /environ\[|config\(|env\(|: /.test(text);

function isRequired({ name, fallback, manner }: Read): boolean {
  if (fallback !== null || manner === 'asked') return false;
  if (manner === 'hard') return true;
  // Small words are of other programs; small names of several words are somebody's own.
  if (name === name.toLowerCase() && !/[a-z]_[a-z]/.test(name)) return false;
  if (manner === 'kept') return needed.test(name) && !optional.test(name) && !/^(?!.*DATABASE).*_URL$/i.test(name);
  return !optional.test(name) || needed.test(name);
}

/** Modules that run when the app does: what its entry point imports, all of a Django project, and what lies among them. */
export function appModules(facts: Facts, best: Candidate): Set<string> {
  const entry = facts.project.sheets.get(best.path);
  const direct = entry === undefined ? [] : reached(facts, entry);
  const found = new Set(direct.map(({ path }) => path));
  const folders = new Set(direct.map(({ path }) => folderOf(path)).filter((folder) => folder !== '.' && folder !== best.root));
  for (const sheet of facts.project.sheets.values()) {
    const inside = within(best.root, sheet.path);
    if (inside === null || farness(sheet.path) > 0 || otherSettings.test(sheet.path)) continue;
    if (best.type === 'django') found.add(sheet.path);
    // Parts that are found by name, like cogs and blueprints, are imported nowhere.
    else if (sheet.mainLine === null && (upwards(folderOf(sheet.path)).some((folder) => folders.has(folder)) || (sheet.actsAt === null && folderOf(sheet.path) !== best.root)))
      found.add(sheet.path);
  }
  const settings = best.type === 'django' ? djangoSettings(facts, best) : null;
  if (settings !== null) {
    for (const path of settings.other) found.delete(path);
    for (const path of settings.used) found.add(path);
  }
  for (const path of found)
    if (settings?.used.has(path) !== true && otherSettings.test(path) && !facts.project.sheets.get(best.path)?.text.includes(nameOf(path).replace(/\.py$/, ''))) found.delete(path);
  return found;
}

/** Variables that a module gives a value of its own when it is imported. */
function setNames(sheet: Sheet): string[] {
  if (!sheet.text.includes('environ')) return [];
  const found: string[] = [];
  eachStatement(sheet.syntax.body, 'top', (statement, place) => {
    if (place !== 'top') return;
    if (statement.kind === 'assign')
      for (const target of statement.targets) {
        const name = target.kind === 'item' && meaning(target.of, sheet.bindings) === 'os.environ' ? textOf(target.key) : null;
        if (name !== null && (statement.value?.kind === 'text' || statement.value?.kind === 'constant')) found.push(name);
      }
    const call = statement.kind === 'expression' && statement.value.kind === 'call' ? statement.value : null;
    const name = call !== null && meaning(call.callee, sheet.bindings) === 'os.environ.setdefault' ? textOf(call.args[0]) : null;
    if (name !== null) found.push(name);
  });
  return found;
}

const example =
  /^(\.?env[._-]?(example|sample|template|dist|defaults?|tmpl)|\.env\.\w*(example|sample|template|dist)\w*|(example|sample|template|default)\.env|\.(example|sample|template)\.env)$/i;

/** Names in examples of a .env beside the app, and in a .env, whose values are left alone. */
function examplesOf(facts: Facts, root: string): Map<string, { file: string; line: number; value: string; isOptional: boolean }> {
  const found = new Map<string, { file: string; line: number; value: string; isOptional: boolean }>();
  const folders = upwards(root);
  for (const [file, text] of facts.texts) {
    const isReal = nameOf(file) === '.env';
    if ((!example.test(nameOf(file)) && !isReal) || !folders.includes(folderOf(file))) continue;
    const lines = text.split(/\r?\n/);
    for (const { name, value, line } of readDotenv(text).variables) {
      if (found.has(name)) continue;
      const said = `${lines[line - 2]?.startsWith('#') === true ? lines[line - 2] : ''} ${/#.*/.exec(lines[line - 1] ?? '')?.[0] ?? ''}`;
      found.set(name, { file, line, value: isReal ? '' : value, isOptional: /\boptional\b/i.test(said) });
    }
  }
  return found;
}
