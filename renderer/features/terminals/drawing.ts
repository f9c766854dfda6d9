import type { ITheme } from '@xterm/xterm';

let gpu: boolean | undefined;

/** Asked once: a context that would be drawn in software does not count, whether the browser says so or only its renderer's name. */
export function hasGpu(): boolean {
  if (gpu !== undefined) return gpu;
  const context = document.createElement('canvas').getContext('webgl2', { failIfMajorPerformanceCaveat: true });
  const named = context?.getExtension('WEBGL_debug_renderer_info');
  const renderer = named ? String(context?.getParameter(named.UNMASKED_RENDERER_WEBGL)) : '';
  context?.getExtension('WEBGL_lose_context')?.loseContext();
  gpu = context !== null && !/swiftshader|llvmpipe|software|basic render/i.test(renderer) && renderer !== '';
  return gpu;
}

/** The colours of the window at a place in it, for programs on the server. Bright is the same: bold adds weight. */
export function palette(at: HTMLElement): ITheme {
  const style = getComputedStyle(at);
  const of = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const [red, green, yellow, blue, magenta, cyan] = ['fail', 'live', 'warn', 'accent', 'asleep', 'cyan'].map(of) as [string, string, string, string, string, string];
  return {
    background: of('n-0'),
    foreground: of('n-10'),
    cursor: of('n-10'),
    cursorAccent: of('n-0'),
    selectionBackground: of('accent-line'),
    scrollbarSliderBackground: of('n-5'),
    scrollbarSliderHoverBackground: of('n-6'),
    scrollbarSliderActiveBackground: of('n-7'),
    black: of('n-6'),
    brightBlack: of('n-8'),
    white: of('n-9'),
    brightWhite: of('n-10'),
    red,
    brightRed: red,
    green,
    brightGreen: green,
    yellow,
    brightYellow: yellow,
    blue,
    brightBlue: blue,
    magenta,
    brightMagenta: magenta,
    cyan,
    brightCyan: cyan,
  };
}
