import type { Candidate } from './candidate.ts';
import { evidenceAt, type Facts, farness } from './facts.ts';
import { folderOf, joined, nameOf } from './project.ts';
import { recordOf } from './record.ts';

const depthOf = (path: string): number => path.split('/').length - 1;

const textIn = (value: unknown, fallback: string): string => (typeof value === 'string' && value !== '' ? value.replace(/^\.\/|\/+$/g, '') : fallback);

/** Sites: of a generator, the folder it writes; plain pages, the folder they lie in. */
export function siteCandidates(facts: Facts): Candidate[] {
  const found: Candidate[] = [];
  const add = (path: string, folder: string, score: number, line: number | null = null, root = folderOf(path)) =>
    found.push({
      type: 'static',
      served: 'static',
      path,
      root,
      entrypoint: folder,
      score: score - 4 * depthOf(path) - (farness(path) >= 2 && depthOf(path) > 1 ? 40 : 0),
      confidence: 'likely',
      evidence: [evidenceAt(facts, path, line)],
    });
  for (const path of facts.paths) {
    const name = nameOf(path);
    const folder = folderOf(path);
    const document = recordOf(facts.documents.get(path));
    if (/^mkdocs\.ya?ml$/.test(name)) add(path, textIn(document.site_dir, 'site'), 40, lineWith(facts, path, 'site_dir'));
    else if (/^_config\.ya?ml$/.test(name) && facts.paths.some((one) => /(^|\/)_(posts|layouts|includes|data)\//.test(one))) add(path, textIn(document.destination, '_site'), 42);
    else if (name === '_toc.yml' && facts.project.has(joined(folder, '_config.yml'))) add(path, '_build/html', 42);
    else if (/^hugo\.(toml|ya?ml|json)$/.test(name) && !/(^|\/)config(\/|$)/.test(folder)) add(path, textIn(document.publishDir, 'public'), 45);
    else if (/^config\.(toml|ya?ml)$/.test(name) && ('baseURL' in document || 'baseurl' in document) && facts.paths.some((one) => one.startsWith(joined(folder, 'content/'))))
      add(path, textIn(document.publishDir, 'public'), 45);
    else if (/^config\/(_default\/)?(hugo|config)\.(toml|ya?ml)$/.test(path) && facts.paths.some((one) => one.startsWith('content/')))
      add(path, textIn(document.publishDir, 'public'), 45, null, '.');
    else if (name === 'pelicanconf.py') add(path, settingOf(facts, path, 'OUTPUT_PATH') ?? 'output', 45);
    else if (name === 'conf.py' && isSphinx(facts, path)) add(path, sphinxFolder(path), 40, null, '.');
    else if (name === 'conf.py' && facts.project.sheets.get(path)?.text.includes('BLOG_TITLE') === true) add(path, 'output', 40);
    else if (name === 'index.html' && depthOf(path) <= 2) {
      const at = pageFolders.indexOf(folder);
      if (at >= 0) add(path, folder, 34 - at, null, '.');
    }
  }
  // Pages without an index are found by their names.
  const [first] = facts.paths.filter((path) => /^[^/]+\.html$/.test(path));
  if (found.length === 0 && first !== undefined) add(first, '.', 28);
  return found;
}

/** Where people put their pages, the likeliest first. */
const pageFolders = ['.', 'public', 'www', 'html', 'site', 'dist', '_site', 'web', 'htdocs', 'public_html', 'build', 'output', 'docs', 'src', 'website', 'static'];

const isSphinx = (facts: Facts, path: string): boolean => {
  const text = facts.project.sheets.get(path)?.text ?? '';
  return /^\s*(extensions|html_theme|master_doc|root_doc|source_suffix)\s*=/m.test(text);
};

/** Sphinx's own make writes _build/html, beside a separate source folder build/html. */
function sphinxFolder(path: string): string {
  const folder = folderOf(path);
  return nameOf(folder) === 'source' ? joined(folderOf(folder), 'build/html') : joined(folder, '_build/html');
}

function settingOf(facts: Facts, path: string, name: string): string | null {
  const value = facts.project.sheets.get(path)?.assigned.get(name)?.value;
  return value?.kind === 'text' ? value.text.replace(/\/+$/, '') : null;
}

function lineWith(facts: Facts, path: string, word: string): number | null {
  const text = facts.texts.get(path) ?? '';
  const at = text.indexOf(word);
  return at < 0 ? null : text.slice(0, at).split('\n').length;
}

const languages: Record<string, string> = {
  js: 'JavaScript',
  jsx: 'JavaScript',
  ts: 'JavaScript',
  tsx: 'JavaScript',
  vue: 'JavaScript',
  svelte: 'JavaScript',
  go: 'Go',
  rs: 'Rust',
  java: 'Java',
  kt: 'Kotlin',
  rb: 'Ruby',
  php: 'PHP',
  cs: 'C#',
  c: 'C or C++',
  h: 'C or C++',
  cc: 'C or C++',
  cpp: 'C or C++',
  hpp: 'C or C++',
  swift: 'Swift',
  dart: 'Dart',
  ex: 'Elixir',
  scala: 'Scala',
  sh: 'shell',
  lua: 'Lua',
  r: 'R',
  jl: 'Julia',
  hs: 'Haskell',
  pl: 'Perl',
  tf: 'Terraform',
};
const builds: [RegExp, string][] = [
  [/^package\.json$/, 'JavaScript'],
  [/^go\.mod$/, 'Go'],
  [/^Cargo\.toml$/, 'Rust'],
  [/^(pom\.xml|build\.gradle(\.kts)?)$/, 'Java'],
  [/^Gemfile$/, 'Ruby'],
  [/^composer\.json$/, 'PHP'],
  [/\.csproj$/, 'C#'],
  [/^_config\.ya?ml$/, 'Ruby'],
  [/^(CMakeLists\.txt|configure\.ac)$/, 'C or C++'],
  [/^pubspec\.yaml$/, 'Dart'],
  [/^mix\.exs$/, 'Elixir'],
];

/** The language other than Python that most files, or a build file, speak; null where there is none. */
export function otherLanguage(facts: Facts): OtherLanguage | null {
  let found = spoken.get(facts);
  if (found === undefined) {
    found = languageOf(facts);
    spoken.set(facts, found);
  }
  return found;
}

interface OtherLanguage {
  language: string;
  file: string;
  files: number;
}

const spoken = new WeakMap<Facts, OtherLanguage | null>();

function languageOf(facts: Facts): OtherLanguage | null {
  const counts = new Map<string, { file: string; files: number }>();
  for (const path of facts.paths) {
    const language = languages[path.slice(path.lastIndexOf('.') + 1).toLowerCase()];
    if (language === undefined || /(^|\/)(static|assets|vendor|public|docs?)\//.test(path)) continue;
    const known = counts.get(language);
    counts.set(language, { file: known?.file ?? path, files: (known?.files ?? 0) + 1 });
  }
  const [most] = [...counts].sort((one, other) => other[1].files - one[1].files);
  const build = facts.paths
    .filter((path) => !path.includes('/'))
    .flatMap((path) => builds.filter(([name]) => name.test(path)).map(([, language]) => ({ language, file: path })))[0];
  if (build !== undefined) return { ...build, files: counts.get(build.language)?.files ?? 1 };
  return most === undefined ? null : { language: most[0], ...most[1] };
}

const pageBuilders =
  /"(vite|webpack|react-scripts|parcel|@angular\/core|vue|svelte|next|nuxt|astro|gatsby|electron|expo|rollup|esbuild|preact|solid-js|express|koa|fastify|@nestjs\/core|hapi|@hapi\/hapi|socket\.io|ws|http-proxy|nodemon)"\s*:/;

/** A page that a JavaScript build makes something else of, or that a server in another language hands out. */
export function isBuiltPage(facts: Facts, { root, path }: Candidate): boolean {
  if (['go.mod', 'Cargo.toml', 'pom.xml', 'build.gradle', 'build.gradle.kts', 'composer.json', 'mix.exs', 'pubspec.yaml'].some((name) => facts.project.has(name))) return true;
  // The pages of a JavaScript package that do not lie at its top tell of it.
  if (facts.project.has('package.json') && depthOf(path) > 0 && folderOf(path) !== 'public') return true;
  const other = otherLanguage(facts);
  if (other !== null && /^(PHP|Ruby|Go|Java|Kotlin|C#|Rust|Elixir|Scala|Perl|C or C\+\+)$/.test(other.language) && other.files >= 2) return true;
  const texts = [joined(folderOf(path), 'package.json'), joined(root, 'package.json')].flatMap((one) => facts.texts.get(one) ?? []);
  return texts.some((text) => pageBuilders.test(text)) && !worksUnbuilt(facts, path);
}

/** Whether all scripts of its own that a page names lie beside it, as a browser takes them: what is only built for others needs no build. */
function worksUnbuilt(facts: Facts, path: string): boolean {
  const scripts = [...(facts.texts.get(path) ?? '').matchAll(/<script\b[^>]*\bsrc=["'](?!\w+:|\/\/)([^"'?#]+)/g)].map(([, src = '']) => src);
  return scripts.length > 0 && scripts.every((src) => /^(\.\/)?[\w-][\w./-]*\.m?js$/.test(src) && facts.project.has(joined(folderOf(path), src.replace(/^\.\//, ''))));
}
