import { admits } from './versions.ts';

/** What is known of where packages are installed: always Linux and CPython, and often the version of Python. */
export interface Place {
  /** 3.11.2 */
  python: string | null;
  /** x86_64 */
  machine: string | null;
  extras: readonly string[];
}

/** What becomes of a marker in a place: it holds, it does not, or what is left of it to be decided there. */
export type Folded = true | false | string;

const known: Record<string, string> = {
  sys_platform: 'linux',
  os_name: 'posix',
  platform_system: 'Linux',
  platform_python_implementation: 'CPython',
  implementation_name: 'cpython',
};

/** Decides as much of a PEP 508 marker as is known. What cannot be understood is left as it stands. */
export function foldMarker(marker: string | null, place: Place): Folded {
  if (marker === null || marker.trim() === '') return true;
  const words = marker.match(/"[^"]*"|'[^']*'|\(|\)|(?:[<>=!~]=?=?)|[^\s()<>=!~"']+/g) ?? [];
  const reader = new Reader(words, place);
  const folded = reader.either(0);
  return folded === null || !reader.isDone ? marker : folded;
}

class Reader {
  private at = 0;

  constructor(
    private readonly words: readonly string[],
    private readonly place: Place,
  ) {}

  get isDone(): boolean {
    return this.at === this.words.length;
  }

  either(depth: number): Folded | null {
    return this.joined('or', () => this.both(depth));
  }

  private both(depth: number): Folded | null {
    return this.joined('and', () => this.one(depth));
  }

  private joined(word: 'and' | 'or', part: () => Folded | null): Folded | null {
    const parts: Folded[] = [];
    do {
      const folded = part();
      if (folded === null) return null;
      parts.push(folded);
    } while (this.take(word));
    return word === 'and' ? allOf(parts) : anyOf(parts);
  }

  private one(depth: number): Folded | null {
    if (depth > 50) return null;
    if (this.take('(')) {
      const inner = this.either(depth + 1);
      return this.take(')') ? inner : null;
    }
    const left = this.words[this.at++];
    let operator = this.words[this.at++];
    if (operator === 'not' && this.take('in')) operator = 'not in';
    const right = this.words[this.at++];
    if (left === undefined || operator === undefined || right === undefined || right === ')' || !/^([<>=!~]+|in|not in)$/.test(operator)) return null;
    return this.compared(left, operator, right);
  }

  private compared(left: string, operator: string, right: string): Folded {
    const [name, quoted, isTurned] = /^["']/.test(left) ? [right, left, true] : [left, right, false];
    const text = quoted.slice(1, -1);
    const whole = `${left} ${operator} ${right}`;
    if (name === 'extra') {
      const has = this.place.extras.includes(text.toLowerCase().replace(/[-_.]+/g, '-'));
      return operator === '!=' ? !has : has;
    }
    if ((name === 'python_version' || name === 'python_full_version') && !isTurned) {
      if (this.place.python === null) return whole;
      const version = name === 'python_version' ? this.place.python.split('.').slice(0, 2).join('.') : this.place.python;
      if (operator === 'in') return text.split(/[\s,]+/).includes(version);
      if (operator === 'not in') return !text.split(/[\s,]+/).includes(version);
      return admits(operator + text, version);
    }
    const value = name === 'platform_machine' ? this.place.machine : (known[name] ?? null);
    if (value === null) return whole;
    if (operator === '==') return value === text;
    if (operator === '!=') return value !== text;
    const inside = isTurned ? value.includes(text) : text.includes(value);
    return operator === 'in' ? inside : operator === 'not in' ? !inside : whole;
  }

  private take(word: string): boolean {
    if (this.words[this.at] !== word) return false;
    this.at += 1;
    return true;
  }
}

/** All of them; what is left is joined by `and`. */
export function allOf(parts: readonly Folded[]): Folded {
  if (parts.includes(false)) return false;
  const left = [...new Set(parts.filter((part) => typeof part === 'string'))];
  return left.length === 0 ? true : left.length === 1 ? (left[0] ?? true) : left.map((part) => (/ or /.test(part) ? `(${part})` : part)).join(' and ');
}

/** Any of them; what is left is joined by `or`. */
export function anyOf(parts: readonly Folded[]): Folded {
  if (parts.includes(true)) return true;
  const left = [...new Set(parts.filter((part) => typeof part === 'string'))];
  return left.length === 0 ? false : left.map((part) => (left.length > 1 && / and /.test(part) ? `(${part})` : part)).join(' or ');
}
