import { userInfo } from 'node:os';
import { patternsMatch } from '../glob.ts';
import { included, type Places, readText } from './files.ts';
import { expand } from './tokens.ts';
import { take, type Values } from './values.ts';
import { criteriaOf, type Line, linesOf } from './words.ts';

/** Which host a configuration is asked about. User and port are those that were given with its name, and go before all files. */
export interface Asked {
  host: string;
  user?: string | undefined;
  port?: number | undefined;
}

export interface Answer {
  values: Values;
  /** What this reader passed over, in sentences. */
  notes: string[];
  /** At what OpenSSH would stop, with file and line. */
  wrong: string[];
}

const deepest = 16;
const mostFiles = 400;
const mostNames = 500;

interface Pass {
  asked: Asked;
  /** What Host patterns are compared with: the name given, in the final pass the one it led to. */
  host: string;
  final: boolean;
  answer: Answer;
  files: Files;
}

/** What was read of files, to be shared by questions that belong together. */
export type FileCache = Map<string, { lines: Line[]; loose: boolean }>;

class Files {
  #read = 0;

  constructor(
    readonly places: Places,
    private readonly cache: FileCache = new Map(),
  ) {}

  /** Undefined after too many: a circle of files that include each other. */
  async lines(path: string): Promise<{ lines: Line[]; loose: boolean } | undefined> {
    if (++this.#read > mostFiles) return undefined;
    const known = this.cache.get(path);
    if (known !== undefined) return known;
    const { text, loose } = await readText(path);
    const read = { lines: linesOf(text, path), loose };
    this.cache.set(path, read);
    return read;
  }
}

/**
 * What the files say about a host, without the system's ssh: Include, Host with wildcards and `!`, Match (host,
 * originalhost, user, localuser, canonical, final, all), and the first value of a keyword. Runs nothing: a Match whose
 * conditions would run a program, or that are not known here, does not apply and is noted.
 */
export async function readConfig(asked: Asked, places: Places, cache: FileCache = new Map()): Promise<Answer> {
  const answer: Answer = { values: new Map(), notes: [], wrong: [] };
  const { values } = answer;
  if (asked.user !== undefined) values.set('user', [asked.user]);
  if (asked.port !== undefined) values.set('port', [String(asked.port)]);
  const pass: Pass = { asked, host: asked.host, final: false, answer, files: new Files(places, cache) };
  const again = await readAll(pass);
  const host = (expand(values.get('hostname')?.[0] ?? asked.host, { h: asked.host }) ?? asked.host).toLowerCase();
  values.set('hostname', [host]);
  if (again) await readAll({ ...pass, host, final: true, files: new Files(places, cache) });
  answer.notes = [...new Set(answer.notes)];
  answer.wrong = [...new Set(answer.wrong)];
  return answer;
}

/** Whether a Match asked for the final pass. */
async function readAll(pass: Pass): Promise<boolean> {
  let again = false;
  for (const { path, folder, own } of pass.files.places.files) {
    const block = { active: true, never: false, again: false };
    await readFile(pass, path, { folder, checked: own, depth: 0 }, block);
    again ||= block.again;
  }
  return again;
}

/** What is being read: whether its lines count, and whether none may, since the Include stands in a block that does not apply. */
interface Block {
  active: boolean;
  never: boolean;
  again: boolean;
}

async function readFile(pass: Pass, path: string, where: { folder: string; checked: boolean; depth: number }, block: Block): Promise<void> {
  const { answer, files } = pass;
  const read = await files.lines(path);
  if (read === undefined) return void answer.wrong.push(`${path} is included too often`);
  if (read.loose && (where.checked || where.depth > 0)) return void answer.wrong.push(`${path} may be written by others, so ssh does not use it`);
  for (const line of read.lines) {
    if (line.keyword === 'host') block.active = !block.never && patternsMatch(line.args, pass.host);
    else if (line.keyword === 'match') block.active = matches(pass, line, block) && !block.never;
    else if (line.keyword === 'include') {
      if (where.depth >= deepest) answer.wrong.push(`${path}, line ${line.line}: too many files include each other`);
      else {
        const before = block.active;
        for (const file of await included(line.args, files.places.home, where.folder)) {
          const inner: Block = { active: before, never: block.never || !before, again: false };
          await readFile(pass, file, { ...where, depth: where.depth + 1 }, inner);
          block.again ||= inner.again;
        }
      }
    } else if (block.active) {
      const wrong = take(answer.values, line.keyword, line.args, line.rest);
      if (wrong !== undefined) answer.wrong.push(`${path}, line ${line.line}: ${wrong}`);
    }
  }
}

function matches({ asked, host, final, answer }: Pass, line: Line, block: Block): boolean {
  const words = criteriaOf(line.rest);
  const { values } = answer;
  let result = true;
  while (words.length > 0) {
    const word = words.shift() as string;
    const negated = word.startsWith('!');
    const name = word.slice(negated ? 1 : 0).toLowerCase();
    if (name === 'all') return result && !negated;
    if (name === 'canonical' || name === 'final') {
      if (name === 'final') block.again = true;
      if (final === negated) result = false;
      continue;
    }
    const patterns = (words.shift() ?? '').split(',');
    // Host names are compared without regard to case, patterns of Host lines and users with it.
    const lower = patterns.map((pattern) => pattern.toLowerCase());
    const known = {
      host: () => patternsMatch(lower, (expand(values.get('hostname')?.[0] ?? host, { h: host }) ?? host).toLowerCase()),
      originalhost: () => patternsMatch(lower, asked.host.toLowerCase()),
      user: () => patternsMatch(patterns, values.get('user')?.[0] ?? userInfo().username),
      localuser: () => patternsMatch(patterns, userInfo().username),
    }[name];
    if (known === undefined) {
      answer.notes.push(`${line.file}, line ${line.line}: Match ${name} is not understood without ssh, so its block does not count`);
      return false;
    }
    if (known() === negated) result = false;
  }
  return result;
}

/** Every line of the files, whatever host it is for. */
async function everyLine(places: Places): Promise<Line[]> {
  const files = new Files(places);
  const found: Line[] = [];
  const walk = async (path: string, folder: string, depth: number): Promise<void> => {
    for (const line of (await files.lines(path))?.lines ?? []) {
      found.push(line);
      if (line.keyword !== 'include' || depth >= deepest) continue;
      for (const file of await included(line.args, places.home, folder)) await walk(file, folder, depth + 1);
    }
  };
  for (const { path, folder } of places.files) await walk(path, folder, 0);
  return found;
}

/** The hosts that the user's files name without wildcards, in their order. */
export async function aliases(places: Places): Promise<string[]> {
  const lines = await everyLine({ ...places, files: places.files.filter(({ own }) => own) });
  const names = lines.filter(({ keyword }) => keyword === 'host').flatMap(({ args }) => args);
  return [...new Set(names)].filter((name) => !/[*?!]/.test(name) && name !== '').slice(0, mostNames);
}

/** Whether a Host line of the files means this one, other than by `*` alone. */
export async function isNamed(host: string, places: Places): Promise<boolean> {
  return (await everyLine(places)).some(
    ({ keyword, args }) => keyword === 'host' && patternsMatch(args, host) && args.some((pattern) => pattern !== '*' && patternsMatch([pattern], host)),
  );
}

/**
 * The lines at which `ssh -G` itself would run a program or read what cannot be seen from here. Rather one too many: any
 * Match in which the word stands at all, and an Include whose name holds tokens or variables.
 */
export async function runningLines(places: Places): Promise<Line[]> {
  return (await everyLine(places)).filter(({ keyword, rest }) => (keyword.replaceAll('"', '') === 'match' && /exec/i.test(rest)) || (keyword === 'include' && /[%$`]/.test(rest)));
}
