import type { parser } from '@lezer/python';
import type { Value } from '../../../shared/rules/inspect/syntax.ts';

export type Tree = ReturnType<typeof parser.parse>;
export type SyntaxNode = Tree['topNode'];

/** Deeper than people write: what lies below is not looked at, so that no stack runs out. */
export const deepest = 120;

/** Reads the values in the tree of a module, and knows the lines of its text. */
export class ValueReader {
  brokenAt: number | null = null;
  isPython2 = false;
  private line = 1;
  private position = 0;

  constructor(private readonly text: string) {}

  /** Asked for from top to bottom, so the text is counted through once; upwards it is counted back. */
  protected lineAt(at: number): number {
    if (at < this.position) {
      for (let index = this.text.lastIndexOf('\n', this.position - 1); index >= at && index >= 0; index = this.text.lastIndexOf('\n', index - 1)) {
        this.line -= 1;
        if (index === 0) break;
      }
    } else {
      for (let index = this.text.indexOf('\n', this.position); index >= 0 && index < at; index = this.text.indexOf('\n', index + 1)) this.line += 1;
    }
    this.position = at;
    return this.line;
  }

  protected slice = (node: SyntaxNode): string => this.text.slice(node.from, node.to);

  protected values(node: SyntaxNode, depth: number): Value[] {
    const found: Value[] = [];
    for (let child = node.firstChild; child !== null; child = child.nextSibling) {
      if (child.type.isError) this.brokenAt ??= this.lineAt(child.from);
      else if (!isMark(child) && child.name !== 'Body' && child.name !== 'ParamList') found.push(this.value(child, depth + 1));
    }
    return found;
  }

  protected args(node: SyntaxNode, depth: number): { args: Value[]; keywords: { name: string; value: Value }[] } {
    const args: Value[] = [];
    const keywords: { name: string; value: Value }[] = [];
    for (let child = node.firstChild; child !== null; child = child.nextSibling) {
      if (child.type.isError) this.brokenAt ??= this.lineAt(child.from);
      if (isMark(child)) continue;
      if (child.name === 'VariableName' && child.nextSibling?.name === 'AssignOp' && child.nextSibling.nextSibling !== null) {
        const value = child.nextSibling.nextSibling;
        keywords.push({ name: this.slice(child), value: this.value(value, depth + 1) });
        child = value;
      } else args.push(this.value(child, depth + 1));
    }
    return { args, keywords };
  }

  value(node: SyntaxNode, depth: number): Value {
    if (depth > deepest || node.type.isError) return { kind: 'other', parts: [] };
    switch (node.name) {
      case 'VariableName':
      case 'PropertyName':
        return { kind: 'name', name: this.slice(node) };
      case 'String':
        return this.string(this.slice(node));
      case 'ContinuedString': {
        const parts = node.getChildren('String').map((part) => this.string(this.slice(part)));
        return node.getChild('FormatString') === null && parts.every((part) => part.kind === 'text')
          ? { kind: 'text', text: parts.map((part) => (part.kind === 'text' ? part.text : '')).join('') }
          : { kind: 'other', parts: this.values(node, depth) };
      }
      case 'FormatString':
        return { kind: 'other', parts: node.getChildren('FormatReplacement').flatMap((part) => this.values(part, depth)) };
      case 'Number':
      case 'Boolean':
      case 'None':
        return { kind: 'constant', text: this.slice(node) };
      case 'Ellipsis':
        return { kind: 'constant', text: '...' };
      case 'MemberExpression':
        return this.member(node, depth);
      case 'CallExpression': {
        const [callee, list] = [node.firstChild, node.getChild('ArgList')];
        if (callee === null || list === null) return { kind: 'other', parts: this.values(node, depth) };
        return { kind: 'call', callee: this.value(callee, depth + 1), ...this.args(list, depth), line: this.lineAt(callee.from) };
      }
      case 'ParenthesizedExpression':
      case 'AwaitExpression': {
        const [inner, ...others] = this.values(node, depth);
        return inner !== undefined && others.length === 0 ? inner : { kind: 'other', parts: inner === undefined ? [] : [inner, ...others] };
      }
      case 'ArrayExpression':
      case 'TupleExpression':
      case 'SetExpression':
        return { kind: 'list', items: this.values(node, depth) };
      case 'DictionaryExpression':
        return this.dictionary(node, depth);
      case 'UnaryExpression': {
        const inner = node.lastChild;
        const parts = this.values(node, depth);
        return this.operator(node) === 'not' && inner !== null && parts[0] !== undefined
          ? this.denied(parts[0], inner)
          : { kind: 'operation', operator: this.operator(node), parts };
      }
      case 'BinaryExpression':
      case 'ConditionalExpression':
        return { kind: 'operation', operator: this.operator(node), parts: this.values(node, depth) };
      default:
        return { kind: 'other', parts: this.values(node, depth) };
    }
  }

  /** `not a or b` is (not a) or b: the grammar takes the whole for what is denied. */
  private denied(value: Value, node: SyntaxNode): Value {
    const [left] = value.kind === 'operation' ? value.parts : [];
    const isLoose = node.name === 'BinaryExpression' && value.kind === 'operation' && /^(and|or)$/.test(value.operator);
    if (!isLoose || left === undefined || node.firstChild === null) return { kind: 'operation', operator: 'not', parts: [value] };
    return { ...value, parts: [this.denied(left, node.firstChild), ...value.parts.slice(1)] };
  }

  private operator(node: SyntaxNode): string {
    if (node.name === 'ConditionalExpression') return 'if';
    const words: string[] = [];
    for (let child = node.firstChild; child !== null; child = child.nextSibling) if (isMark(child) && !child.type.isError) words.push(this.slice(child));
    return words.join(' ').replace(/\s+/g, ' ');
  }

  private member(node: SyntaxNode, depth: number): Value {
    const first = node.firstChild;
    if (first === null) return { kind: 'other', parts: [] };
    const of = this.value(first, depth + 1);
    const property = node.getChild('PropertyName');
    if (property !== null) return { kind: 'member', of, name: this.slice(property) };
    const inside = this.values(node, depth).slice(1);
    const [key] = inside;
    return key === undefined ? of : { kind: 'item', of, key: inside.length === 1 ? key : { kind: 'list', items: inside }, line: this.lineAt(node.from) };
  }

  private dictionary(node: SyntaxNode, depth: number): Value {
    const entries: [Value, Value][] = [];
    let key: Value | null = null;
    let isValue = false;
    let isMerged = false;
    for (let child = node.firstChild; child !== null; child = child.nextSibling) {
      if (child.name === ':') isValue = true;
      else if (child.name === ',') [key, isValue, isMerged] = [null, false, false];
      else if (this.slice(child) === '**') isMerged = true;
      else if (!isMark(child)) {
        const value = this.value(child, depth + 1);
        if (isMerged) entries.push([{ kind: 'constant', text: '**' }, value]);
        else if (isValue && key !== null) entries.push([key, value]);
        else key = value;
      }
    }
    return { kind: 'dict', entries };
  }

  private string(raw: string): Value {
    const [, prefix = '', quote = ''] = /^([A-Za-z]*)("""|'''|"|')/.exec(raw) ?? [];
    if (/b/i.test(prefix)) return { kind: 'constant', text: raw };
    const inside = raw.slice(prefix.length + quote.length, raw.endsWith(quote) ? -quote.length || undefined : undefined);
    const text = /r/i.test(prefix)
      ? inside
      : inside.replace(/\\(\r?\n|.)/gs, (all, mark: string) => ({ '\n': '', '\r\n': '', n: '\n', t: '\t', '\\': '\\', "'": "'", '"': '"' })[mark] ?? all);
    return { kind: 'text', text };
  }
}

/** Keywords and punctuation, whose names are what they are written like, and comments. */
export function isMark({ name, type }: SyntaxNode): boolean {
  return type.isError || /^[^A-Z]/.test(name) || /Op$/.test(name) || name === 'Comment' || name === 'At';
}
