import { isLockFile } from '../packages/papers.ts';
import { nameOf } from './project.ts';

/** Files beside the Python ones that say something of how a project is run, where it lies at most so deep. */
const wanted =
  /^(Procfile(\.\w+)?|[\w.-]*Dockerfile([.-][\w.-]+)?|Containerfile|(docker-)?compose[\w.-]*\.ya?ml|fly[\w.-]*\.toml|render\.ya?ml|app(\.[\w-]+)?\.ya?ml|app\.json|railway\.(json|toml)|heroku\.yml|nixpacks\.toml|zappa_settings\.json|vercel\.json|apprunner\.yaml|runtime\.txt|\.python-version|\.tool-versions|\.flaskenv|pyproject\.toml|poetry\.toml|Pipfile|setup\.py|setup\.cfg|tox\.ini|environment[\w.-]*\.ya?ml|conda[\w.-]*\.ya?ml|mkdocs\.ya?ml|hugo\.(toml|ya?ml|json)|config\.(toml|ya?ml)|settings\.(toml|ya?ml|json)|_config\.ya?ml|package\.json|[\w.-]*uwsgi[\w.-]*\.(ini|ya?ml)|[\w.-]*supervisor[\w.-]*\.(conf|ini)|[\w.@-]+\.service(\.(in|template|example|sample))?|(start|run|entrypoint|docker-entrypoint|start[_-]\w+|run[_-]\w+|boot|serve|server|gunicorn|web|launch)\.(sh|bash)|start|run|(docker-)?entrypoint|Makefile|makefile|justfile|README(\.\w+)?|readme\.md|[\w.-]*requirements?[\w.-]*\.(txt|in)|reqs\.txt|deps\.txt|constraints\.txt|dev\.txt|prod\.txt|production\.txt|base\.txt|common\.txt|main\.txt|default\.txt|\.env|\.?env[._-]?(example|sample|template|dist|defaults?|tmpl)|(example|sample|template|default)\.env|\.env\.\w+|env\.\w+|forgeboard\.yml|gunicorn[\w.-]*\.py)$/i;

const workflow = /^\.github\/workflows\/[^/]+\.ya?ml$/;
/** Pages at the top, or in a folder of the top. */
const page = /^([^/]+\/)?[^/]+\.html?$/i;
const deepest = 5;
const elsewhere = /(^|\/)(tests?|testing|site-packages|node_modules|vendor|third_party|\.github)\//i;

/** The texts to read beside Python, the nearest to the top first. */
export function textFiles(files: readonly { path: string; size: number }[]): string[] {
  return files
    .filter(({ path, size }) => {
      if (workflow.test(path)) return size <= textBytes;
      if (path.split('/').length > deepest || elsewhere.test(path)) return false;
      return isLockFile(path) ? size <= lockBytes : size <= textBytes && (wanted.test(nameOf(path)) || page.test(path));
    })
    .map(({ path }) => path)
    .sort((one, other) => one.split('/').length - other.split('/').length || (one < other ? -1 : 1))
    .slice(0, mostTexts / 2);
}

export const textBytes = 512 * 1024;
/** What a tool writes for itself is longer than what people write. */
export const lockBytes = 4 * 1024 * 1024;
/** Of these, half is found by name; the rest is for what they include. */
export const mostTexts = 1200;

/** Lines with their numbers, those that end in a backslash joined with the next. */
export function joinedLines(text: string): { line: number; text: string }[] {
  const found: { line: number; text: string }[] = [];
  let open: { line: number; text: string } | null = null;
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const current: { line: number; text: string } = open === null ? { line: index + 1, text: raw } : { line: open.line, text: `${open.text} ${raw.trim()}` };
    if (/\\\s*$/.test(current.text) && current.text.length < 20_000) open = { ...current, text: current.text.replace(/\\\s*$/, '') };
    else {
      found.push(current);
      open = null;
    }
  }
  if (open !== null) found.push(open);
  return found;
}
