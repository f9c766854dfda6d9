import type { Sftp } from '../ssh/sftp.ts';

/** A host's files for one piece of work; a cancel ends the channel, and with it what is waited for. */
export async function withSftp<T>(open: () => Promise<Sftp>, signal: AbortSignal, work: (sftp: Sftp) => Promise<T>): Promise<T> {
  const sftp = await open();
  const end = (): void => sftp.close();
  signal.addEventListener('abort', end, { once: true });
  try {
    return await work(sftp);
  } finally {
    signal.removeEventListener('abort', end);
    sftp.close();
  }
}
