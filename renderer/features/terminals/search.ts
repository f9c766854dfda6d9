import { SearchAddon, type ISearchOptions } from '@xterm/addon-search';
import type { Terminal } from '@xterm/xterm';
import { mostMarked, useFinding } from './finding.ts';

/** Looks for text in what a terminal keeps. */
export class Search {
  readonly #addon = new SearchAddon({ highlightLimit: mostMarked });

  #exact = false;

  constructor(private readonly terminal: Terminal) {
    terminal.loadAddon(this.#addon);
    this.#addon.onDidChangeResults(({ resultIndex, resultCount }) => useFinding.setState({ at: resultIndex + 1, count: resultCount }));
  }

  find(text: string, exact: boolean, where: 'here' | 'above' | 'below'): void {
    if (text === '') {
      this.end();
      return;
    }
    // The addon compares the options with themselves: by itself it would keep the marks of before.
    if (exact !== this.#exact) this.#addon.clearDecorations();
    this.#exact = exact;
    // Plain text only: an expression can take for ever on a long line.
    const options: ISearchOptions = { caseSensitive: exact, incremental: where === 'here', decorations: this.#colours() };
    if (where === 'above') this.#addon.findPrevious(text, options);
    else this.#addon.findNext(text, options);
  }

  end(): void {
    this.#addon.clearDecorations();
    this.terminal.clearSelection();
    useFinding.setState({ at: 0, count: 0 });
  }

  /** Marks need plain hex. */
  #colours(): NonNullable<ISearchOptions['decorations']> {
    const { yellow = '#808080', blue = '#8080ff', black = '#404040' } = this.terminal.options.theme ?? {};
    return { matchBackground: black, matchOverviewRuler: yellow, activeMatchBackground: blue, activeMatchColorOverviewRuler: blue };
  }
}
