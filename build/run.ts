import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The project's folder, with the slash. */
export const root = fileURLToPath(new URL('..', import.meta.url));

export interface Ran {
  code: number;
  /** stdout and stderr as they came. */
  output: string;
  ms: number;
}

/** Runs a program of the project (argv, no shell) and keeps what it says; `show` prints it as it comes as well. */
export function run(argv: readonly string[], options: { show?: boolean; env?: Record<string, string> } = {}): Promise<Ran> {
  const [command = '', ...args] = argv;
  const from = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, PATH: `${root}node_modules/.bin:${process.env.PATH}`, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const [stream, shown] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ] as const) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        if (options.show) shown.write(chunk);
      });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, output, ms: performance.now() - from }));
  });
}
