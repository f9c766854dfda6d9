import type { Call, ClassStatement, FunctionStatement, ModuleSyntax, Statement, Value } from './syntax.ts';

/** Where in a module something stands: at import, only where it is run as a script, or in a function. */
export type Place = 'top' | 'main' | 'function';

export interface SeenCall {
  /** Dotted, followed through imports: flask.Flask; a leading dot for each level of a relative import. Empty where it is not a plain name. */
  name: string;
  call: Call;
  place: Place;
  /** The function or class of the module that it stands in; null for the module itself. */
  within: string | null;
}

export interface Assigned {
  value: Value;
  line: number;
  place: Place;
  /** What the name stood for before, where its value is made from that: app = Middleware(app). */
  before: Value | null;
}

/** What the rules want to know of one module. */
export interface Sheet {
  path: string;
  /** What a local name stands for, by import anywhere in the module. */
  bindings: Map<string, string>;
  /** Every imported module; `import a.b` and `from a import b` both name a.b as well. Optional: in a try, or for types only. */
  imports: { module: string; line: number; place: Place; isOptional: boolean }[];
  /** Modules of which every name is taken. */
  stars: string[];
  /** Names given at import, the last one counting; and those given only where it is run as a script. */
  assigned: Map<string, Assigned>;
  functions: Map<string, FunctionStatement>;
  classes: Map<string, ClassStatement>;
  calls: SeenCall[];
  /** Line of `if __name__ == "__main__"`. */
  mainLine: number | null;
  /** First line that does something at import other than define. */
  actsAt: number | null;
  /** Loops that only end with the program, each with the function or class that it stands in. */
  loops: { line: number; within: string | null }[];
  syntax: ModuleSyntax;
  text: string;
}

/** The name that a value is written as, like os.environ.get; null where it is more than names and dots. */
export function dotted(value: Value): string | null {
  if (value.kind === 'name') return value.name;
  if (value.kind !== 'member') return null;
  const of = dotted(value.of);
  return of === null ? null : `${of}.${value.name}`;
}

/** The same with its first name followed through the module's imports. */
export function meaning(value: Value, bindings: ReadonlyMap<string, string>): string {
  const written = dotted(value);
  if (written === null) return '';
  const [first = ''] = written.split('.', 1);
  const stands = bindings.get(first);
  return stands === undefined ? written : stands + written.slice(first.length);
}

export const textOf = (value: Value | undefined | null): string | null => (value?.kind === 'text' ? value.text : null);
export const keyword = (call: Call, name: string): Value | undefined => call.keywords.find((one) => one.name === name)?.value;

/** The values right inside a value. */
export function partsOf(value: Value): readonly Value[] {
  switch (value.kind) {
    case 'member':
      return [value.of];
    case 'item':
      return [value.of, value.key];
    case 'call':
      return [value.callee, ...value.args, ...value.keywords.map((one) => one.value)];
    case 'list':
      return value.items;
    case 'dict':
      return value.entries.flat();
    case 'operation':
    case 'other':
      return value.parts;
    default:
      return [];
  }
}

const isMainTest = (test: Value | null): boolean =>
  test?.kind === 'operation' && /^(==|in)$/.test(test.operator) && test.parts.some((part) => part.kind === 'name' && part.name === '__name__');

/** `while True`, and until a word like stop or running is said. */
function isEndless(head: Value | undefined): boolean {
  if (head === undefined) return false;
  if (head.kind === 'constant') return /^(True|1)$/.test(head.text);
  const isDenied = head.kind === 'operation' && head.operator === 'not';
  const asked = isDenied ? head.parts[0] : head;
  const word = asked === undefined ? null : dotted(asked.kind === 'call' ? asked.callee : asked);
  return word !== null && (isDenied ? /stop|shut|exit|kill|term|quit|cancel|closed/i : /running|alive|keep_?(going|running)/i).test(word);
}

/** Makes the sheet of a module. */
export function sheetOf(path: string, text: string, syntax: ModuleSyntax): Sheet {
  const sheet: Sheet = {
    path,
    bindings: new Map(),
    imports: [],
    stars: [],
    assigned: new Map(),
    functions: new Map(),
    classes: new Map(),
    calls: [],
    mainLine: null,
    actsAt: null,
    loops: [],
    syntax,
    text,
  };
  const optional = optionalImports(syntax.body, false, new Set());
  eachStatement(syntax.body, 'top', (statement, place) => noteImport(sheet, statement, place, optional.has(statement)));
  eachStatement(syntax.body, 'top', (statement, place, depth, within) => note(sheet, statement, { place, depth, within }));
  forget(sheet);
  return sheet;
}

/** Of most modules of a large project nobody asks for more than the names: their statements are let go. */
function forget(sheet: Sheet): void {
  if (!/env|config|settings|secrets/i.test(sheet.text)) sheet.syntax.body = [];
  if (/environ|getenv|Flask|FastAPI|[aw]sgi|Starlette|Quart|Bottle|[Aa]pp\b/.test(sheet.text)) return;
  for (const one of sheet.functions.values()) one.body = [];
}

type Visit = (statement: Statement, place: Place, depth: number, within: string | null) => void;

/** Every statement at any depth; `depth` counts the functions and classes around it, `within` is the outermost of them. */
export function eachStatement(body: readonly Statement[], place: Place, visit: Visit, depth = 0, within: string | null = null): void {
  for (const statement of body) {
    visit(statement, place, depth, within);
    if (statement.kind === 'function') eachStatement(statement.body, 'function', visit, depth + 1, within ?? statement.name);
    else if (statement.kind === 'class') eachStatement(statement.body, place, visit, depth + 1, within ?? statement.name);
    else if (statement.kind === 'if')
      for (const { test, body: inner } of statement.branches) eachStatement(inner, place === 'top' && isMainTest(test) ? 'main' : place, visit, depth, within);
    else if (statement.kind === 'block') for (const inner of statement.bodies) eachStatement(inner, place, visit, depth, within);
  }
}

/** Imports that may fail, or are for a type checker. */
function optionalImports(body: readonly Statement[], inside: boolean, found: Set<Statement>): Set<Statement> {
  for (const statement of body) {
    if (statement.kind === 'import' && inside) found.add(statement);
    else if (statement.kind === 'block') for (const inner of statement.bodies) optionalImports(inner, inside || statement.word === 'try', found);
    else if (statement.kind === 'if') for (const { test, body: inner } of statement.branches) optionalImports(inner, inside || (test !== null && !isMainTest(test)), found);
    else if (statement.kind === 'function' || statement.kind === 'class') optionalImports(statement.body, inside, found);
  }
  return found;
}

function noteImport(sheet: Sheet, statement: Statement, place: Place, isOptional: boolean): void {
  if (statement.kind !== 'import') return;
  for (const { local, name } of statement.bindings) {
    if (place !== 'function' || !sheet.bindings.has(local)) sheet.bindings.set(local, name);
    if (name.includes('.')) sheet.imports.push({ module: name, line: statement.line, place, isOptional });
  }
  if (statement.bindings.some(({ local }) => local === '*')) sheet.stars.push(...statement.modules);
  for (const module of statement.modules) sheet.imports.push({ module, line: statement.line, place, isOptional });
}

function note(sheet: Sheet, statement: Statement, { place, depth, within }: { place: Place; depth: number; within: string | null }): void {
  if (statement.kind === 'assign' && depth === 0 && statement.value !== null) {
    for (const written of statement.targets) {
      // Of `app, db = make()` the first is what it is mostly for.
      const target = written.kind === 'list' ? written.items[0] : written;
      if (target?.kind !== 'name') continue;
      const known = sheet.assigned.get(target.name);
      if (known !== undefined && place === 'main' && known.place !== 'main') continue;
      sheet.assigned.set(target.name, {
        value: written.kind === 'list' && statement.value.kind === 'list' ? (statement.value.items[0] ?? statement.value) : statement.value,
        line: statement.line,
        place,
        before: known !== undefined && mentions(statement.value, target.name) ? known.value : null,
      });
    }
  }
  if (statement.kind === 'function' && depth === 0) sheet.functions.set(statement.name, statement);
  if (statement.kind === 'class' && depth === 0) sheet.classes.set(statement.name, statement);
  if (statement.kind === 'if' && place === 'top' && depth === 0 && statement.branches.some(({ test }) => isMainTest(test))) sheet.mainLine ??= statement.line;
  if (statement.kind === 'block' && statement.word === 'while' && isEndless(statement.head[0])) sheet.loops.push({ line: statement.line, within });
  if (depth === 0 && place === 'top' && statement.kind === 'expression' && statement.value.kind === 'call') sheet.actsAt ??= statement.line;
  if (depth === 0 && place === 'top' && statement.kind === 'block' && (statement.word === 'for' || statement.word === 'while')) sheet.actsAt ??= statement.line;
  for (const value of valuesOf(statement)) noteCalls(sheet, value, place, within);
}

const mentions = (value: Value, name: string): boolean => (value.kind === 'name' ? value.name === name : partsOf(value).some((part) => mentions(part, name)));

/** The values of a statement itself, without those of statements in it. */
export function valuesOf(statement: Statement): Value[] {
  const some = (...values: (Value | null)[]): Value[] => values.filter((value) => value !== null);
  switch (statement.kind) {
    case 'assign':
      return some(...statement.targets.filter(({ kind }) => kind !== 'name'), statement.annotation, statement.value);
    case 'expression':
    case 'return':
    case 'raise':
      return some(statement.value);
    case 'function':
      return some(...statement.decorators, ...statement.parameters.map(({ value }) => value));
    case 'class':
      return [...statement.bases, ...statement.keywords.map(({ value }) => value)];
    case 'if':
      return some(...statement.branches.map(({ test }) => test));
    case 'block':
      return statement.head;
    default:
      return [];
  }
}

function noteCalls(sheet: Sheet, value: Value, place: Place, within: string | null): void {
  if (value.kind === 'call') sheet.calls.push({ name: meaning(value.callee, sheet.bindings), call: value, place, within });
  for (const part of partsOf(value)) noteCalls(sheet, part, place, within);
}

/** The last line of statements, as far as their calls say. */
export function lastLine(body: readonly Statement[], from: number): number {
  let last = from;
  const visit = (value: Value): void => {
    if (value.kind === 'call' || value.kind === 'item') last = Math.max(last, value.line);
    for (const part of partsOf(value)) visit(part);
  };
  eachStatement(body, 'top', (statement) => {
    last = Math.max(last, statement.line);
    for (const value of valuesOf(statement)) visit(value);
  });
  return last;
}
