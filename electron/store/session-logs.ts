import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';

/** A file that a terminal is recorded in. */
export interface SessionLog {
  /** Its name in the folder of session logs. */
  readonly name: string;
  /** @returns false where it cannot keep up: wait until it `drains` */
  write(text: string): boolean;
  onDrain(listener: () => void): void;
  /** Nothing is written any more: the disk is full, for example. */
  onFailure(listener: (reason: string) => void): void;
  /** Settles when all of it is written. */
  close(): Promise<void>;
}

/** Opens a new one, readable by the user alone. @throws the system's error */
export type OpenSessionLog = (of: { host: string; app: string | null }) => Promise<SessionLog>;

const words: Record<string, string> = { ENOSPC: 'the disk is full', EACCES: 'the folder may not be written to', EROFS: 'the disk is read-only', EDQUOT: 'the quota is used up' };

/** Why a file cannot be written, in words. */
export const whyNot = (error: unknown): string => {
  const { code, message } = error as NodeJS.ErrnoException;
  return words[code ?? ''] ?? code ?? message;
};

/** Waiting to be written at most, before whoever writes waits. */
const mostWaiting = 1_000_000;

/** Recorded terminals, in HOME/sessions: fra-1_shop-api_2026-05-14_16-40-05.log, in the time of this computer. */
export function sessionLogs(home: string, now: () => Date = () => new Date()): OpenSessionLog {
  const folder = join(home, 'sessions');
  return async ({ host, app }) => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const at = now();
    const base = [host, ...(app === null ? [] : [app]), stamp(at)].join('_');
    for (let number = 1; ; number += 1) {
      const name = `${base}${number === 1 ? '' : `_${number}`}.log`;
      try {
        const file = await open(join(folder, name), 'wx', 0o600);
        return logOver(name, createWriteStream('', { fd: file, highWaterMark: mostWaiting }));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || number === 100) throw error;
      }
    }
  };
}

function logOver(name: string, stream: WriteStream): SessionLog {
  return {
    name,
    write: (text) => stream.destroyed || stream.write(text),
    onDrain: (listener) => void stream.on('drain', listener),
    onFailure: (listener) => void stream.on('error', (error) => listener(whyNot(error))),
    close: () =>
      new Promise((resolve) => {
        if (stream.closed) return resolve();
        stream.once('close', () => resolve());
        stream.end();
      }),
  };
}

const two = (number: number) => String(number).padStart(2, '0');

function stamp(at: Date): string {
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}_${two(at.getHours())}-${two(at.getMinutes())}-${two(at.getSeconds())}`;
}
