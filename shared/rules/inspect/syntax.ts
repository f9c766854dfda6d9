/*
 * Python as the rules see it: what was written, without what only matters to an interpreter. Names are as written;
 * sheet.ts follows them through imports. Lines count from 1.
 */

export type Value =
  | { kind: 'text'; text: string }
  /** A string with values in it, or another constant: a number, True, None. */
  | { kind: 'constant'; text: string }
  | { kind: 'name'; name: string }
  | { kind: 'member'; of: Value; name: string }
  | { kind: 'item'; of: Value; key: Value; line: number }
  | Call
  | { kind: 'list'; items: Value[] }
  /** `**other` is an entry whose key is the constant `**`. */
  | { kind: 'dict'; entries: [Value, Value][] }
  /** Operators by name: "or", "and", "==", "in", "not", "if" (then, test, else), "%", "+". */
  | { kind: 'operation'; operator: string; parts: Value[] }
  /** Anything else, with the values in it. */
  | { kind: 'other'; parts: Value[] };

export interface Call {
  kind: 'call';
  callee: Value;
  args: Value[];
  keywords: { name: string; value: Value }[];
  line: number;
}

export interface Parameter {
  name: string;
  isOptional: boolean;
  value: Value | null;
}

export interface FunctionStatement {
  kind: 'function';
  name: string;
  parameters: Parameter[];
  decorators: Value[];
  returns: Value | null;
  isAsync: boolean;
  body: Statement[];
  line: number;
}

export interface ClassStatement {
  kind: 'class';
  name: string;
  bases: Value[];
  keywords: { name: string; value: Value }[];
  body: Statement[];
  line: number;
}

export type Statement =
  /** Local name by name, each with the dotted one it stands for; a leading dot for each level of a relative import. `import a.b` binds a. */
  | { kind: 'import'; bindings: { local: string; name: string }[]; modules: string[]; line: number }
  | { kind: 'assign'; targets: Value[]; annotation: Value | null; value: Value | null; line: number }
  | { kind: 'expression'; value: Value; line: number }
  | { kind: 'return'; value: Value | null; line: number }
  | { kind: 'raise'; value: Value | null; line: number }
  | FunctionStatement
  | ClassStatement
  | { kind: 'if'; branches: { test: Value | null; body: Statement[] }[]; line: number }
  | { kind: 'block'; word: 'for' | 'while' | 'with' | 'try' | 'match'; head: Value[]; bodies: Statement[][]; line: number };

export interface ModuleSyntax {
  body: Statement[];
  /** Where the text could not be understood first, null where all was. */
  brokenAt: number | null;
  /** It has statements of Python 2 only. */
  isPython2: boolean;
}
