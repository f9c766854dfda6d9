import { parser } from '@lezer/python';
import { deepest, isMark, type SyntaxNode, type Tree, ValueReader } from './python-values.ts';
import type { FunctionStatement, ModuleSyntax, Parameter, Statement, Value } from '../../../shared/rules/inspect/syntax.ts';

const parseMs = 3000;

/** Reads the text of a Python module. Never throws: what cannot be understood is left out, and `brokenAt` says where it begins. */
export function readPython(text: string): ModuleSyntax {
  const tree = parsed(text);
  const reader = new Reader(text);
  return { body: reader.statements(tree.topNode, 0), brokenAt: reader.brokenAt, isPython2: reader.isPython2 };
}

/** A text made to be hard to parse gets so long and no longer. */
function parsed(text: string): Tree {
  const parse = parser.startParse(text);
  const until = performance.now() + parseMs;
  for (let step = 0; ; step += 1) {
    const tree = parse.advance();
    if (tree !== null) return tree;
    if (step % 256 === 0 && parse.stoppedAt === null && performance.now() > until) parse.stopAt(parse.parsedPos);
  }
}

class Reader extends ValueReader {
  statements(body: SyntaxNode, depth: number): Statement[] {
    const found: Statement[] = [];
    if (depth > deepest) return found;
    for (let node = body.firstChild; node !== null; node = node.nextSibling) {
      if (node.name === 'StatementGroup') found.push(...this.statements(node, depth + 1));
      else this.statement(node, depth, found);
    }
    return found;
  }

  private statement(node: SyntaxNode, depth: number, found: Statement[], decorators: Value[] = []): void {
    const line = this.lineAt(node.from);
    if (node.type.isError) {
      this.brokenAt ??= line;
      return;
    }
    switch (node.name) {
      case 'ImportStatement':
        found.push(this.importOf(node, line));
        return;
      case 'AssignStatement':
      case 'UpdateStatement':
        found.push(this.assignment(node, line, depth));
        return;
      case 'ExpressionStatement':
        if (node.firstChild !== null) found.push({ kind: 'expression', value: this.value(node.firstChild, depth), line });
        return;
      case 'PrintStatement':
        this.isPython2 = true;
        return;
      case 'ReturnStatement':
      case 'RaiseStatement': {
        const values = this.values(node, depth);
        const value = values.length > 1 && node.name === 'ReturnStatement' ? ({ kind: 'list', items: values } as const) : (values[0] ?? null);
        found.push({ kind: node.name === 'ReturnStatement' ? 'return' : 'raise', value, line });
        return;
      }
      case 'DecoratedStatement': {
        const above = node.getChildren('Decorator').map((decorator) => this.decorator(decorator, depth));
        const inner = node.lastChild;
        if (inner !== null) this.statement(inner, depth, found, above);
        return;
      }
      case 'FunctionDefinition':
        found.push(this.functionOf(node, line, decorators, depth));
        return;
      case 'ClassDefinition': {
        const given = node.getChild('ArgList');
        const { args, keywords } = given === null ? { args: [], keywords: [] } : this.args(given, depth);
        found.push({ kind: 'class', name: this.nameOf(node), bases: args, keywords, body: this.bodyOf(node, depth), line });
        return;
      }
      case 'IfStatement':
        found.push(this.ifOf(node, line, depth));
        return;
      case 'AssertStatement': {
        const [test] = this.values(node, depth);
        if (test !== undefined)
          found.push({ kind: 'if', branches: [{ test: { kind: 'operation', operator: 'not', parts: [test] }, body: [{ kind: 'raise', value: null, line }] }], line });
        return;
      }
      case 'ForStatement':
      case 'WhileStatement':
      case 'WithStatement':
      case 'TryStatement':
      case 'MatchStatement':
        found.push(this.block(node, line, depth));
        return;
      default: {
        const values = this.values(node, depth);
        if (values.length > 0) found.push({ kind: 'expression', value: { kind: 'other', parts: values }, line });
      }
    }
  }

  private importOf(node: SyntaxNode, line: number): Statement {
    const bindings: { local: string; name: string }[] = [];
    const modules: string[] = [];
    const words: string[] = [];
    for (let child = node.firstChild; child !== null; child = child.nextSibling) if (!child.type.isError && child.name !== 'Comment') words.push(this.slice(child));
    const isFrom = words[0] === 'from';
    const middle = words.indexOf('import');
    const from = isFrom ? words.slice(1, middle).join('').replace(/\s/g, '') : '';
    if (isFrom) modules.push(from);
    let parts: string[] = [];
    const rest = [...words.slice(middle + 1).filter((word) => word !== '(' && word !== ')'), ','];
    for (const word of rest) {
      if (word !== ',') {
        parts.push(word);
        continue;
      }
      const as = parts.indexOf('as');
      const name = (as < 0 ? parts : parts.slice(0, as)).join('');
      const alias = as < 0 ? undefined : parts[as + 1];
      parts = [];
      if (name === '') continue;
      if (isFrom) bindings.push({ local: alias ?? name, name: from.endsWith('.') ? from + name : `${from}.${name}` });
      else {
        modules.push(name);
        bindings.push(alias === undefined ? { local: name.split('.')[0] ?? name, name: name.split('.')[0] ?? name } : { local: alias, name });
      }
    }
    return { kind: 'import', bindings, modules, line };
  }

  private assignment(node: SyntaxNode, line: number, depth: number): Statement {
    const sides: SyntaxNode[][] = [[]];
    let annotation: Value | null = null;
    for (let child = node.firstChild; child !== null; child = child.nextSibling) {
      if (child.name === 'AssignOp' || child.name === 'UpdateOp') sides.push([]);
      else if (child.name === 'TypeDef') annotation = this.typeOf(child, depth);
      else if (child.type.isError) this.brokenAt ??= line;
      else if (child.name !== ',') sides.at(-1)?.push(child);
    }
    const last = sides.length > 1 ? (sides.pop() ?? []) : [];
    const value =
      last.length === 0
        ? null
        : last.length === 1 && last[0] !== undefined
          ? this.value(last[0], depth)
          : ({ kind: 'list', items: last.map((one) => this.value(one, depth)) } as const);
    return {
      kind: 'assign',
      targets: sides.map((side) => (side.length === 1 && side[0] !== undefined ? this.value(side[0], depth) : { kind: 'list', items: side.map((one) => this.value(one, depth)) })),
      annotation,
      value,
      line,
    };
  }

  private decorator(node: SyntaxNode, depth: number): Value {
    const inner: SyntaxNode[] = [];
    for (let child = node.firstChild; child !== null; child = child.nextSibling) if (child.name !== 'At' && child.name !== '.') inner.push(child);
    let value: Value = { kind: 'other', parts: [] };
    for (const [index, child] of inner.entries()) {
      if (child.name === 'ArgList') value = { kind: 'call', callee: value, ...this.args(child, depth), line: this.lineAt(node.from) };
      else value = index === 0 ? this.value(child, depth) : { kind: 'member', of: value, name: this.slice(child) };
    }
    return value;
  }

  private functionOf(node: SyntaxNode, line: number, decorators: Value[], depth: number): FunctionStatement {
    const parameters: Parameter[] = [];
    const list = node.getChild('ParamList');
    let star = '';
    for (let child = list?.firstChild ?? null; child !== null; child = child.nextSibling) {
      if (child.name === '*' || child.name === '**') star = child.name;
      else if (child.name === 'VariableName') {
        parameters.push({ name: this.slice(child), isOptional: star !== '', value: null });
        star = '';
      } else if (child.name === 'AssignOp') {
        const last = parameters.at(-1);
        if (last !== undefined && child.nextSibling !== null) Object.assign(last, { isOptional: true, value: this.value(child.nextSibling, depth) });
        if (child.nextSibling?.name === 'VariableName') child = child.nextSibling;
      } else if (child.name === ',') star = '';
    }
    const returns = node.getChild('TypeDef');
    return {
      kind: 'function',
      name: this.nameOf(node),
      parameters,
      decorators,
      returns: returns === null ? null : this.typeOf(returns, depth),
      isAsync: node.getChild('async') !== null,
      body: this.bodyOf(node, depth),
      line,
    };
  }

  private ifOf(node: SyntaxNode, line: number, depth: number): Statement {
    const branches: { test: Value | null; body: Statement[] }[] = [];
    let test: Value | null = null;
    for (let child = node.firstChild; child !== null; child = child.nextSibling) {
      if (child.name === 'Body') {
        branches.push({ test, body: this.statements(child, depth + 1) });
        test = null;
      } else if (!isMark(child)) test = this.value(child, depth);
    }
    return { kind: 'if', branches, line };
  }

  private block(node: SyntaxNode, line: number, depth: number): Statement {
    const head: Value[] = [];
    const bodies: Statement[][] = [];
    const take = (from: SyntaxNode): void => {
      for (let child = from.firstChild; child !== null; child = child.nextSibling) {
        if (child.name === 'Body') bodies.push(this.statements(child, depth + 1));
        else if (child.name === 'MatchBody' || child.name === 'MatchClause') take(child);
        else if (!isMark(child)) head.push(this.value(child, depth));
      }
    };
    take(node);
    const word = node.name.slice(0, -'Statement'.length).toLowerCase() as 'for' | 'while' | 'with' | 'try' | 'match';
    return { kind: 'block', word, head, bodies, line };
  }

  private bodyOf(node: SyntaxNode, depth: number): Statement[] {
    const body = node.getChild('Body');
    return body === null ? [] : this.statements(body, depth + 1);
  }

  private nameOf = (node: SyntaxNode): string => {
    const name = node.getChild('VariableName');
    return name === null ? '' : this.slice(name);
  };

  private typeOf(node: SyntaxNode, depth: number): Value | null {
    const child = node.lastChild;
    return child === null || child.name === ':' || child.name === '->' ? null : this.value(child, depth);
  }
}
