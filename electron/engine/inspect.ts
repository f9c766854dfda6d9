import type { Inspection, InspectionProgress } from '../../shared/contract/imports.ts';
import { type Facts, factsOf, farness } from '../../shared/rules/inspect/facts.ts';
import { inspectionOf } from '../../shared/rules/inspect/inspection.ts';
import type { Target } from '../../shared/rules/inspect/native-findings.ts';
import { type Sheet, sheetOf } from '../../shared/rules/inspect/sheet.ts';
import type { Source } from '../../shared/rules/inspect/source.ts';
import { lockBytes, mostTexts, textBytes, textFiles } from '../../shared/rules/inspect/texts.ts';
import { isLockFile } from '../../shared/rules/packages/papers.ts';
import { includedFiles } from '../../shared/rules/packages/requirements-file.ts';
import { documentOf } from './inspect/documents.ts';
import { readPython } from './inspect/python.ts';

const moduleBytes = 1024 * 1024;
/** Of all modules that are read closely. What lies nearest to the top goes first, so that the rest is seldom missed. */
const allBytes = 32 * 1024 * 1024;
/** Modules without any of these words neither serve, nor start anything, nor read a variable: they are only known by name. */
const telling =
  /environ|getenv|__main__|config\(|env\(|Settings|FastAPI|Flask|flask|django|starlette|Starlette|wsgi|asgi|WSGI|ASGI|Quart|Litestar|Sanic|bottle|falcon|pyramid|tornado|aiohttp|streamlit|gradio|celery|Celery|def (create|make|get|build|init)_?\w*app|Dash\(|discord|telegram|telebot|aiogram|redis|psycopg|asyncpg|pymysql|MySQLdb|sqlite|postgres|mysql|mongo|nicegui|while (True|1)|\.(run|start|launch|poll\w*)\(/;

/**
 * Says what a folder is and needs, without running any of it. Tells how far it is, and once what is known from the files
 * that most likely say it. target: the server that it may go to, null where that does not answer. @throws what the signal says where it is cancelled; nothing else for whatever lies in the folder
 */
export async function inspect(
  source: Source,
  emit: (event: InspectionProgress) => void | Promise<void>,
  signal: AbortSignal,
  target?: Promise<Target | null>,
): Promise<Inspection> {
  let isAsked = false;
  target?.then(
    () => {
      isAsked = true;
    },
    () => {},
  );
  const glimpsed = new Map<string, string[]>();
  const given = {
    name: source.name,
    paths: source.files.map(({ path }) => path),
    sizes: new Map(source.files.map(({ path, size }) => [path, size])),
    glimpsed,
    ...(await readTexts(source, signal)),
  };
  const modules = source.files.filter(({ path }) => path.endsWith('.py')).sort((one, other) => rank(one.path) - rank(other.path) || (one.path < other.path ? -1 : 1));
  const sheets = await readPrograms(source);
  const skipped: { path: string; why: string }[] = [];
  let left = allBytes;
  const began = performance.now();
  let [isTold, told] = [false, began];
  const texts = readAhead(source, modules);
  for (const [index, { path, size }] of modules.entries()) {
    signal.throwIfAborted();
    const text = await texts(index);
    if (text === null) skipped.push({ path, why: size > moduleBytes ? 'is too large to be read closely' : 'cannot be read' });
    else if (!text.includes('\0')) {
      if (index >= firstModules && !telling.test(text)) glimpsed.set(path, importedNames(text));
      else if (size > left) skipped.push({ path, why: 'is one module too many to be read closely' });
      else {
        left -= size;
        sheets.set(path, sheetOf(path, text, readPython(text)));
      }
    }
    if (!isTold && index >= firstModules && performance.now() - began > 200) {
      isTold = true;
      await emit({ type: 'found', inspection: answer(given, sheets, source, skipped) });
    }
    if (performance.now() - told < 100) continue;
    told = performance.now();
    await emit({ type: 'reading', files: given.paths.length, modules: index + 1, of: modules.length });
    // Others, and a cancel, get their turn.
    await new Promise((resolve) => setImmediate(resolve));
  }
  // What the folder says alone is told where the server takes longer than the reading.
  if (target !== undefined && !isAsked) await emit({ type: 'found', inspection: answer(given, sheets, source, skipped) });
  return answer(given, sheets, source, skipped, (await target) ?? null);
}

/** Python without its ending: programs by their first line, and what a web server's WSGI module reads. */
async function readPrograms(source: Source): Promise<Map<string, Sheet>> {
  const found = new Map<string, Sheet>();
  const files = source.files.filter(({ path, size }) => size > 0 && size < programBytes && programs.test(path)).slice(0, mostPrograms);
  for (const { path } of files) {
    const text = await source.read(path, programBytes);
    if (text === null || text.includes('\0') || !(path.endsWith('.wsgi') || /^#![^\n]*python/.test(text))) continue;
    found.set(path, sheetOf(path, text, readPython(text)));
  }
  return found;
}

const programs = /^([^/]+\/){0,2}[^/.]+\.wsgi$|^((bin|sbin|scripts?|src|apache|deploy|conf)\/)?[a-z][\w-]*$/;
const programBytes = 256 * 1024;
const mostPrograms = 60;

/** Some files are read while others are thought about. */
function readAhead(source: Source, files: readonly { path: string; size: number }[]): (index: number) => Promise<string | null> {
  const waiting = new Map<number, Promise<string | null>>();
  let next = 0;
  return (index) => {
    for (; next < Math.min(files.length, index + ahead); next += 1) {
      const file = files[next];
      if (file !== undefined) waiting.set(next, file.size > moduleBytes ? Promise.resolve(null) : source.read(file.path, moduleBytes));
    }
    const text = waiting.get(index) ?? Promise.resolve(null);
    waiting.delete(index);
    return text;
  };
}

const ahead = 24;

/** First names of what a module imports by lines of their own. */
const importedNames = (text: string): string[] => [
  ...new Set([...text.matchAll(/^[ \t]*(?:from[ \t]+([A-Za-z_]\w*)[\w.]*[ \t]+import\b|import[ \t]+([A-Za-z_]\w*))/gm)].map(([, from, plain]) => from ?? plain ?? '')),
];

/** How many modules are read before the first answer. */
const firstModules = 60;

const answer = (
  given: Parameters<typeof factsOf>[0],
  sheets: ReadonlyMap<string, Sheet>,
  { unread, isCut }: Source,
  skipped: { path: string; why: string }[],
  target: Target | null = null,
): Inspection => inspectionOf(factsOf(given, sheets), { unread, isCut, skipped }, target);

/** The app's own modules near the top, and those whose names say that something begins there, go first. */
const rank = (path: string): number =>
  path.split('/').length + 10 * farness(path) - (/(^|\/)(main|app|wsgi|asgi|manage|application|server|run|bot|settings|config|__main__|streamlit_app)\.py$/.test(path) ? 3 : 0);

async function readTexts(source: Source, signal: AbortSignal): Promise<Pick<Facts, 'texts' | 'documents'>> {
  const texts = new Map<string, string>();
  const documents = new Map<string, unknown>();
  const known = new Set(source.files.map(({ path }) => path));
  // Files that a requirements file includes have any name; the set grows while it is walked.
  const wanted = new Set(textFiles(source.files));
  for (const path of wanted) {
    signal.throwIfAborted();
    const text = await source.read(path, isLockFile(path) ? lockBytes : textBytes);
    if (text === null || text.includes('\0')) continue;
    texts.set(path, text);
    if (/\.(txt|in|pip)$/.test(path)) for (const other of includedFiles(path, text)) if (known.has(other) && wanted.size < mostTexts) wanted.add(other);
    if (/\.(toml|json|ya?ml)$|(^|\/)Pipfile$/.test(path) || isLockFile(path)) documents.set(path, documentOf(path, text));
  }
  return { texts, documents };
}
