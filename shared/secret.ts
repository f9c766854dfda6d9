/**
 * A value that does not print: JSON, string conversion and console output all show dots.
 * `.reveal()` is the only way out; an architecture test lists the files that may call it.
 */
export class Secret {
  readonly #value: string;

  /** @param remember its owner wants it kept in the keyring */
  constructor(
    value: string,
    readonly remember = false,
  ) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '••••••';
  }

  toJSON(): string {
    return '••••••';
  }

  /** Node's console and util.inspect. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return 'Secret(••••••)';
  }
}
