import { spawn, type SpawnOptions } from 'node:child_process';

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

export interface CommandOptions {
  input?: string | Buffer;
  /** False returns a non-zero exit instead of throwing it. */
  check?: boolean;
  env?: NodeJS.ProcessEnv;
  cwd?: string;
}

/** Runs a program with its arguments as they are (no shell) and returns what it said; a failure throws with the last lines of it. */
export async function command(argv: string[], options: CommandOptions = {}): Promise<Outcome> {
  const { input, check = true, env, cwd } = options;
  const spawnOptions: SpawnOptions = { stdio: ['pipe', 'pipe', 'pipe'], env: env ?? process.env, cwd };
  const outcome = await new Promise<Outcome>((resolve, reject) => {
    const child = spawn(argv[0]!, argv.slice(1), spawnOptions);
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout!.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr!.on('data', (chunk: Buffer) => err.push(chunk));
    child.on('error', (error) => reject(new Error(`${argv[0]} could not be started: ${error.message}`)));
    child.on('close', (code, signal) => {
      const stderr = Buffer.concat(err).toString() + (signal ? `ended by ${signal}\n` : '');
      resolve({ code: code ?? 128, stdout: Buffer.concat(out).toString(), stderr });
    });
    // A program that does not read its input closes it early; its exit code says what happened.
    child.stdin!.on('error', () => {});
    child.stdin!.end(input ?? '');
  });
  if (check && outcome.code !== 0) {
    throw new Error(`"${argv.join(' ')}" ended with ${outcome.code}:\n${lastLines(`${outcome.stdout}\n${outcome.stderr}`)}`);
  }
  return outcome;
}

function lastLines(text: string): string {
  return text.trimEnd().split('\n').slice(-25).join('\n');
}

/** Waits until `ready` returns something, asking every few milliseconds; gives up and says for `what`. */
export async function until<T>(what: () => string, timeoutMs: number, ready: () => Promise<T | undefined | false> | T | undefined | false): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await ready();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > deadline) throw new Error(`Waited ${timeoutMs / 1000} s in vain for ${what()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
