import type { Evidence } from '../../contract/imports.ts';
import { hintsOf, type Hint } from './hints.ts';
import { Project } from './project.ts';
import type { Sheet } from './sheet.ts';

/** Everything the rules look at: gathered once, then only read. */
export interface Facts {
  /** The dropped folder's own name. */
  name: string;
  paths: readonly string[];
  sizes: ReadonlyMap<string, number>;
  /** Files other than Python's that were read. */
  texts: ReadonlyMap<string, string>;
  /** Of those, the TOML, YAML and JSON ones as values; undefined where one is broken. */
  documents: ReadonlyMap<string, unknown>;
  /** Every Python module, read or not. */
  modules: readonly string[];
  project: Project;
  /** First names of the modules that those import which were not read closely, by path. */
  glimpsed: ReadonlyMap<string, readonly string[]>;
  hints: readonly Hint[];
}

export function factsOf(given: Omit<Facts, 'project' | 'hints' | 'modules'>, sheets: ReadonlyMap<string, Sheet>): Facts {
  const hints = [...given.texts].flatMap(([file, text]) => hintsOf(file, text));
  return { ...given, modules: given.paths.filter((path) => path.endsWith('.py')), project: new Project(sheets, given.paths), hints };
}

/** A line of a file as evidence. */
export function evidenceAt(facts: Facts, file: string, line: number | null): Evidence {
  const text = facts.project.sheets.get(file)?.text ?? facts.texts.get(file) ?? '';
  return { file, line, text: line === null ? '' : lineOf(text, line).trim().slice(0, 200) };
}

function lineOf(text: string, line: number): string {
  let at = 0;
  for (let count = 1; count < line; count += 1) {
    at = text.indexOf('\n', at) + 1;
    if (at === 0) return '';
  }
  const end = text.indexOf('\n', at);
  return text.slice(at, end < 0 ? undefined : end);
}

const tests =
  /(^|\/)(tests?|testing|test_\w+|tests?(project|proj|app|site)s?|[\w-]+[_-]tests?|e2e|site-packages|migrations|versions)\/|(^|\/)(test_[^/]*|[^/]*_tests?|conftest|tests)\.py$|\{\{|(^|\/)(\.\w[^/]*)\//i;
const secondary =
  /(^|\/)((docs?|examples?|samples?|demos?|tutorials?)([_-][^/]+)?|[^/]+[_-](docs?|examples?|samples?|demos?)|bench(marks?|marking)?|perf|fixtures?|sandbox|playground|snippets?|experiments?|notebooks?|old|legacy|archived?|deprecated|backups?|templates?|skeletons?|scaffold\w*|boilerplates?|third_party|vendor|misc|workshops?|exercises?|solutions?|lessons?|chapters?|research)\/|^contrib\//i;
const helpers = /(^|\/)(scripts?|tools?|utils?|bin|hack|ci|dev|build|deploy\w*|ops|infra\w*|hooks|alembic|management|packaging|profiling|extras?)\//i;

/** 0: the app's own code. 1: beside it, like scripts. 2: examples and docs. 3: tests. */
export const farness = (path: string): 0 | 1 | 2 | 3 => (tests.test(path) ? 3 : secondary.test(path) ? 2 : helpers.test(path) ? 1 : 0);
