/** Longer lines are broken: nothing that a server prints grows without end here. */
const longestLine = 100_000;
const furthest = 10_000;
/** Of a sequence's parameters, more is nobody's. */
const longestSequence = 64;

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const control = /[\u0000-\u001f\u007f-\u009f]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const endOfString = /[\u0007\u0018\u001a\u001b\u009c]/g;

/** What is no plain line: floods mostly are plain, and go by at once. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const unplain = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]|\r(?!\n)/g;

/**
 * What a terminal shows as lines of text, for reading: colours and other sequences are left out, what was typed over or
 * erased on a line is so here too, and of programs that take the whole screen (editors, pagers) only that they did.
 * The sequences are those of ECMA-48 and xterm; columns are counted in characters, so wide ones may end a place off.
 */
export class Transcript {
  readonly #decoder = new TextDecoder();
  #line = '';
  #at = 0;
  #state: 'text' | 'escape' | 'sequence' | 'string' = 'text';
  #sequence = '';
  #whole = false;
  #out = '';

  /** @returns the lines that this ended, each with its end */
  push(bytes: Uint8Array): string {
    const text = this.#decoder.decode(bytes, { stream: true });
    for (let at = 0; at < text.length; ) at = this.#step(text, at);
    return this.#taken();
  }

  /** @returns what stands on the line that was not ended */
  end(): string {
    this.#finishLine();
    return this.#taken();
  }

  #taken(): string {
    const out = this.#out;
    this.#out = '';
    return out;
  }

  /** Takes what begins there. @returns where the rest begins */
  #step(text: string, at: number): number {
    if (this.#state === 'text') {
      const plain = this.#line === '' && this.#at === 0 && !this.#whole ? plainEnd(text, at) : at;
      if (plain > at) {
        this.#out += text.slice(at, plain).replaceAll('\r\n', '\n');
        return plain;
      }
      control.lastIndex = at;
      const found = control.exec(text)?.index ?? text.length;
      if (found > at) this.#put(text.slice(at, found));
      if (found < text.length) this.#control(text[found] as string);
      return found + 1;
    }
    if (this.#state === 'string') {
      endOfString.lastIndex = at;
      const found = endOfString.exec(text)?.index;
      if (found === undefined) return text.length;
      this.#state = text[found] === '\u001b' ? 'escape' : 'text';
      return found + 1;
    }
    const sign = text[at] as string;
    // Any control is obeyed within a sequence; these end it.
    if (sign < ' ' || (sign >= '\u007f' && sign <= '\u009f')) {
      if ('\u0018\u001a\u001b'.includes(sign) || sign > '\u007f') this.#state = 'text';
      this.#control(sign);
    } else if (this.#state === 'escape') this.#escape(sign);
    else if (sign >= '@' && sign <= '~') {
      this.#state = 'text';
      this.#obey(sign, this.#sequence);
    } else if (this.#sequence.length < longestSequence) this.#sequence += sign;
    return at + 1;
  }

  #control(sign: string): void {
    if (sign === '\n') this.#newLine();
    else if (sign === '\r') this.#at = 0;
    else if (sign === '\b') this.#at = Math.max(0, this.#at - 1);
    else if (sign === '\t') this.#put('\t');
    else if (sign === '\u001b') this.#state = 'escape';
    else if (sign === '\u009b') this.#begin();
    else if ('\u0090\u0098\u009d\u009e\u009f'.includes(sign)) this.#state = 'string';
  }

  #begin(): void {
    this.#state = 'sequence';
    this.#sequence = '';
  }

  #escape(sign: string): void {
    if (sign === '[') this.#begin();
    else if (']P^_X'.includes(sign)) this.#state = 'string';
    // What comes before a last sign: a choice of characters, for example.
    else if (sign > '/') this.#state = 'text';
  }

  #obey(final: string, parameters: string): void {
    if (/^\?(?:.*;)?(?:47|1047|1049)(?:;|$)/.test(parameters) && (final === 'h' || final === 'l')) {
      this.#takeScreen(final === 'h');
      return;
    }
    const first = Number.parseInt(parameters, 10);
    const count = Math.min(furthest, Math.max(1, first || 1));
    const { length } = this.#line;
    if (final === 'K' || final === 'J') this.#erase(final, first || 0);
    else if (final === 'G' || final === '`') this.#at = count - 1;
    else if (final === 'C') this.#at = Math.min(length + furthest, this.#at + count);
    else if (final === 'D') this.#at = Math.max(0, this.#at - count);
    else if (final === 'P') this.#line = this.#line.slice(0, this.#at) + this.#line.slice(this.#at + count);
    else if (final === 'X') this.#line = this.#line.slice(0, this.#at) + ' '.repeat(Math.max(0, Math.min(count, length - this.#at))) + this.#line.slice(this.#at + count);
    else if (final === '@') this.#line = this.#line.slice(0, this.#at) + ' '.repeat(count) + this.#line.slice(this.#at);
    else if (final === 'H' || final === 'f') this.#finishLine();
  }

  #erase(what: string, how: number): void {
    if (how === 0) this.#line = this.#line.slice(0, this.#at);
    else if (what === 'J') this.#finishLine();
    else this.#line = how === 1 ? ' '.repeat(Math.min(this.#at, this.#line.length)) + this.#line.slice(this.#at) : '';
  }

  #takeScreen(on: boolean): void {
    if (on === this.#whole) return;
    this.#finishLine();
    this.#whole = on;
    if (on) this.#out += '[a program took the whole screen]\n';
  }

  #put(run: string): void {
    if (this.#whole) return;
    const { length } = this.#line;
    if (this.#at === length) this.#line += run;
    else if (this.#at > length) this.#line = this.#line.padEnd(this.#at) + run;
    else this.#line = this.#line.slice(0, this.#at) + run + this.#line.slice(this.#at + run.length);
    this.#at += run.length;
    if (this.#line.length > longestLine) this.#newLine();
  }

  #newLine(): void {
    if (!this.#whole) this.#out += `${this.#line}\n`;
    this.#line = '';
    this.#at = 0;
  }

  #finishLine(): void {
    if (this.#line.trim() !== '') this.#newLine();
    this.#line = '';
    this.#at = 0;
  }
}

/** Where the plain lines that begin there end. */
function plainEnd(text: string, at: number): number {
  unplain.lastIndex = at;
  const found = unplain.exec(text)?.index ?? text.length;
  return Math.max(at, text.lastIndexOf('\n', found - 1) + 1);
}
