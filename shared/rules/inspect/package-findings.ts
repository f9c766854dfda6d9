import type { Evidence, ImportFinding } from '../../contract/imports.ts';
import type { Installable } from '../packages/installable.ts';
import { installedNames, lackedByLock } from '../packages/installable.ts';
import { isBrought, isWellKnown, packageOf, provides, withBrought } from '../packages/modules.ts';
import { noPackages, otherSystems } from '../packages/native.ts';
import { foldMarker } from '../packages/markers.ts';
import { isPinned } from '../packages/requirement.ts';
import type { Declared } from '../packages/requirements-file.ts';
import { lackedBy } from '../packages/standard.ts';
import type { Candidate } from './candidate.ts';
import { compiled, listed, type Target } from './native-findings.ts';
import { evidenceAt, type Facts } from './facts.ts';
import { mentioned, type NeededModule } from './imported.ts';

type Finding = ImportFinding;

/** What of the packages will go wrong or is worth knowing, each kind once, with the lines that say so. */
export function packageFindings(facts: Facts, best: Candidate, found: Installable, needed: readonly NeededModule[], python: string | null, target: Target | null): Finding[] {
  const here = [...found.declared.packages].filter(({ marker }) => foldMarker(marker, { python, machine: target?.machine ?? null, extras: [] }) !== false);
  return [
    ...wrongLines(facts, found),
    ...impossible(facts, here),
    ...missing(facts, found, needed, best),
    ...compiled(facts, found, here, python, target),
    ...gone(facts, best, found, python),
    ...loose(facts, found, here),
    ...idle(facts, found, here),
  ];
}

const evidence = (facts: Facts, packages: readonly Declared[]): Evidence[] => packages.slice(0, 5).map(({ file, line }) => evidenceAt(facts, file, line));

/** pip gives up a whole file for one such line. */
function wrongLines(facts: Facts, { declared, file, source, locked }: Installable): Finding[] {
  const [first] = declared.wrong;
  const found: Finding[] = [];
  if (first !== undefined && locked === null) {
    const more = declared.wrong.length > 1 ? `, and ${declared.wrong.length - 1} more ${declared.wrong.length === 2 ? 'line is' : 'lines are'} like it` : '';
    found.push({
      severity: 'stop',
      text: `${first.file}:${first.line} cannot be installed from: ${first.why}${more}`,
      evidence: declared.wrong.slice(0, 5).map((one) => evidenceAt(facts, one.file, one.line)),
    });
  }
  if (declared.isDynamic && file !== null)
    found.push({ severity: 'warning', text: `What ${file} asks for is only known when it is run: write a requirements.txt`, evidence: [evidenceAt(facts, file, null)] });
  if (file?.endsWith('.lock') === true && locked === null && facts.documents.has(file))
    found.push({ severity: 'stop', text: `${file} cannot be understood: lock again`, evidence: [evidenceAt(facts, file, null)] });
  const local = (locked ?? []).filter(({ isLocal }) => isLocal);
  if (local.length > 0)
    found.push({
      severity: 'note',
      text: `${listed(local.map(({ name }) => name))} ${local.length === 1 ? 'is a package' : 'are packages'} of this project: used from the folder, not installed`,
      evidence: file === null ? [] : [evidenceAt(facts, file, null)],
    });
  const old = lackedByLock({ source, file, declared, locked });
  if (old.length > 0 && file !== null)
    found.push({ severity: 'warning', text: `${file} is older than what it was made from: it lacks ${listed(old)}. Lock again`, evidence: [evidenceAt(facts, file, null)] });
  return found;
}

/** Names of which no index has anything for a server. */
function impossible(facts: Facts, here: readonly Declared[]): Finding[] {
  const found: Finding[] = [];
  const windows = here.filter(({ name }) => otherSystems.has(name));
  if (windows.length > 0)
    found.push({
      severity: 'stop',
      text: `${listed(windows.map(({ written }) => written))} ${windows.length === 1 ? 'is' : 'are'} for another system than a server's: put ; sys_platform == "win32" behind, or take it out`,
      evidence: evidence(facts, windows),
    });
  for (const one of here) {
    const why = Object.hasOwn(noPackages, one.name) ? noPackages[one.name] : undefined;
    if (why !== undefined) found.push({ severity: 'stop', text: `${one.written} cannot be installed: ${why}`, evidence: evidence(facts, [one]) });
  }
  return found;
}

/** What is imported and provided by nothing that is installed. */
function missing(facts: Facts, found: Installable, needed: readonly NeededModule[], best: Candidate): Finding[] {
  if (found.source === 'none' || found.declared.isDynamic || (found.locked === null && found.declared.packages.length === 0 && found.declared.wrong.length > 0)) return [];
  // A package whose modules nobody knows may be what an unknown module is of.
  const spare = found.declared.packages.some(({ name }) => !isWellKnown(name) && !unseen.test(name) && !imports(facts).some((module) => provides(name, module)));
  const lacking = needed.filter((one) => !isProvided(found, one.module) && (!spare || isWellKnown(packageOf(one.module))));
  const drivers = driverOf(facts, best, found);
  return [
    ...(lacking.length === 0
      ? []
      : [
          {
            severity: 'warning' as const,
            text: `${listed(lacking.map(({ module }) => packageOf(module)))} ${lacking.length === 1 ? 'is' : 'are'} imported, but not in ${found.file ?? 'what is installed'}`,
            evidence: lacking.slice(0, 5).map((one) => one.evidence),
          },
        ]),
    ...drivers,
  ];
}

function isProvided(found: Installable, module: string): boolean {
  // What a lock file is behind with is said of the lock file.
  const names = withBrought(new Set([...installedNames(found), ...found.declared.packages.map(({ name }) => name)]));
  for (const name of names) if (provides(name, module)) return true;
  // gunicorn and uvicorn are added to every app that is served by them.
  return ['gunicorn', 'uvicorn'].includes(module);
}

const engines: [RegExp, string, string[], string][] = [
  [/["']ENGINE["']\s*:\s*["']django\.(?:contrib\.gis\.)?db\.backends\.(?:postgresql|postgis)/, 'PostgreSQL', ['psycopg2', 'psycopg2-binary', 'psycopg', 'psycopg2cffi'], 'psycopg'],
  [/["']ENGINE["']\s*:\s*["']django\.db\.backends\.mysql/, 'MySQL', ['mysqlclient', 'pymysql'], 'mysqlclient'],
];

/** Django's settings name a database whose driver nothing imports. */
function driverOf(facts: Facts, best: Candidate, found: Installable): Finding[] {
  if (best.type !== 'django') return [];
  const names = new Set([...installedNames(found), ...found.declared.packages.map(({ name }) => name)]);
  return engines.flatMap(([pattern, database, drivers, usual]) => {
    if (drivers.some((name) => names.has(name))) return [];
    for (const { path, text } of facts.project.sheets.values()) {
      const at = /settings/.test(path) && !/(^|\/)(tests?|ci|test_\w+)\b/.test(path) ? (pattern.exec(text)?.index ?? -1) : -1;
      if (at >= 0 && !text.includes('django.db.backends.sqlite3'))
        return [
          {
            severity: 'warning' as const,
            text: `The settings use ${database}, but its driver, such as ${usual}, is not in ${found.file}`,
            evidence: [evidenceAt(facts, path, text.slice(0, at).split('\n').length)],
          },
        ];
    }
    return [];
  });
}

/** Modules that the server's Python no longer has. */
function gone(facts: Facts, best: Candidate, found: Installable, python: string | null): Finding[] {
  if (python === null) return [];
  const names = installedNames(found);
  const lost = new Map<string, { evidence: Evidence; instead: string | null; isNew: boolean }>();
  for (const sheet of facts.project.sheets.values()) {
    if (sheet.path !== best.path && best.type !== 'django' && !/^[^/]*$/.test(sheet.path)) continue;
    for (const { module, line, place, isOptional } of sheet.imports) {
      const [first = ''] = module.split('.');
      const lacked = isOptional || place !== 'top' || facts.project.module(module, sheet.path) !== null ? null : lackedBy(python, first);
      if (lacked !== null && (lacked.instead === null || !names.has(lacked.instead)) && !lost.has(first))
        lost.set(first, { evidence: evidenceAt(facts, sheet.path, line), ...lacked });
    }
  }
  const minor = python.split('.').slice(0, 2).join('.');
  return [...lost].slice(0, 3).map(([module, { evidence: at, instead, isNew }]) => ({
    severity: 'warning',
    text: `Python ${minor} has ${isNew ? 'not yet' : 'no longer'} a module ${module}${instead === null ? '' : `; the package ${instead} brings it`}`,
    evidence: [at],
  }));
}

/** Without fixed versions the next installation may be another one. */
function loose(facts: Facts, { declared, locked }: Installable, here: readonly Declared[]): Finding[] {
  if (locked !== null) return [];
  const fixed = new Set(declared.constraints.filter(isPinned).map(({ name }) => name));
  const open = here.filter((one) => !isPinned(one) && !fixed.has(one.name));
  if (open.length === 0) return [];
  const which =
    open.length === here.length
      ? here.length === 1
        ? `${open[0]?.written} has`
        : `None of the ${here.length} packages has`
      : `${listed(open.map(({ written }) => written))} ${open.length === 1 ? 'has' : 'have'}`;
  const isNone = open.length === here.length && here.length > 1;
  return [{ severity: 'note', text: `${which} ${isNone ? 'a' : 'no'} fixed version: a later installation may bring another`, evidence: evidence(facts, open) }];
}

const known = new WeakMap<Facts, string[]>();

/** Every module that is imported anywhere in the folder. */
function imports(facts: Facts): string[] {
  const before = known.get(facts);
  if (before !== undefined) return before;
  const modules = [...facts.project.sheets.values()].flatMap((sheet) => sheet.imports.map(({ module }) => module));
  const all = [...new Set([...modules, ...[...facts.glimpsed.values()].flat()])];
  known.set(facts, all);
  return all;
}

/** Used by name, by a command or by another package, so that no import shows it. */
const unseen =
  /^(gunicorn|uvicorn|hypercorn|daphne|waitress|granian|gevent(-websocket)?|eventlet|uvloop|httptools|psycopg.*|mysqlclient|pymysql|mysql-connector-python|aiosqlite|asyncpg|aiomysql|asyncmy|cryptography|bcrypt|argon2-cffi|passlib|email-validator|python-multipart|jinja2|pillow|whitenoise|tzdata|pytz|setuptools|wheel|pip|certifi|typing-extensions|lxml|html5lib|openpyxl|xlrd|xlsxwriter|odfpy|pyarrow|fastparquet|tables|redis|hiredis|greenlet|itsdangerous|markupsafe|brotli.*|orjson|ujson|python-dotenv|watchdog|watchfiles|websockets?|websocket-client|wsproto|simple-websocket|six|pysocks|pyopenssl|dnspython|tabulate|pynacl|flower|supervisor|newrelic|honcho|flask-.*plugin|libsass|pyyaml|toml|cffi|packaging|importlib-.*|zipp|backports-.*|async-timeout|sqlparse|asgiref|werkzeug|click|h11|h2|idna|urllib3|charset-normalizer|chardet|attrs|numpy|protobuf|grpcio.*|mkdocs.*|sphinx.*|pymdown-extensions|pelican.*|markdown|pygments|babel|django-.*|wagtail.*|types-.*|ddtrace|opentelemetry-.*|torch.*|accelerate|bitsandbytes|sentencepiece|tokenizers|safetensors|tiktoken|google-.*|azure-.*|kombu|billiard|amqp|vine|pylibmc|pymemcache|psutil|ipython|soupsieve|et-xmlfile|pycparser|mako|regex|tqdm|xformers|hf-.*|huggingface.*|bs4|fsspec|s3fs|gcsfs|aiodns|aiofiles|anyio|sniffio|starlette|alembic|scikit-learn|xgboost|lightgbm|catboost|standard-.*|legacy-cgi|audioop-lts|pywin32.*|colorama)$/;

/** Named, and nothing in the project has its name. Lists of all that is installed name much that others brought: of them nothing is said. */
function idle(facts: Facts, { declared, source }: Installable, here: readonly Declared[]): Finding[] {
  const names = new Set(here.map(({ name }) => name));
  const asked = here.filter(({ name }) => !unseen.test(name) && !otherSystems.has(name) && !Object.hasOwn(noPackages, name) && !isBrought(name, names));
  if (asked.length === 0 || source === 'conda' || declared.isDynamic) return [];
  const isMentioned = mentioned(facts);
  const open = asked.filter(({ name }) => !imports(facts).some((module) => provides(name, module)) && !isMentioned([name, name.replaceAll('-', '_'), name.replaceAll('-', '')]));
  const isFrozen = here.length > 12 && open.length > 0.3 * here.length && here.every(isPinned);
  if (open.length === 0 || isFrozen || open.length > 12) return [];
  return [
    {
      severity: 'note',
      text: `${listed(open.map(({ written }) => written))} ${open.length === 1 ? 'is' : 'are'} in ${open[0]?.file}, but nothing here imports ${open.length === 1 ? 'it' : 'them'}`,
      evidence: evidence(facts, open),
    },
  ];
}
