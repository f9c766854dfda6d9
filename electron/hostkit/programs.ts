import { PassThrough } from 'node:stream';
import { z } from 'zod';
import { Failure, type FailureRecord } from '../../shared/errors.ts';
import type { ExecChannel } from './channel.ts';
import { jsonFrame, messageOf } from './frames.ts';
import type { Opened } from './handshake.ts';

/** What the kit's process can become (forgekit/programs.py). */
export type Program = 'sftp' | 'look' | 'list' | 'pack' | 'unpack' | 'empty';

const answer = z.union([z.object({ id: z.literal(1), ok: z.literal(true) }), z.object({ id: z.literal(1), ok: z.literal(false), failure: z.looseObject({}) })]);
const mostWords = 64 * 1024;

/** Has a kit that was just opened become a program. Nothing of it is left but the channel. */
export async function become(opened: Opened, program: Program, folder: string): Promise<ExecChannel> {
  const { channel, nonce, frames, end, complaints } = opened;
  channel.stdin.write(jsonFrame(nonce, { id: 1, program, folder }));
  for (;;) {
    const next = await frames.next();
    if (next.done) throw end.reason ?? new Failure('unreachable', 'the connection to the host was lost');
    const said = answer.safeParse(messageOf(next.value));
    if (!said.success) continue;
    if (said.data.ok) break;
    channel.close();
    throw Failure.from(said.data.failure as unknown as FailureRecord);
  }
  end.kept = true;
  await frames.return(undefined);
  // Everything before this byte was for the kit, everything after it is the program's.
  channel.stdin.write('\n');
  return { stdin: channel.stdin, stdout: channel.stdout, stderr: wordsOf(complaints), exit: channel.exit, close: () => channel.close() };
}

/** What the program complains of, the first of it: stderr itself is read all along. */
function wordsOf(complaints: Opened['complaints']): PassThrough {
  const words = new PassThrough({ highWaterMark: mostWords });
  complaints.listen((text) => {
    if (words.readableLength < mostWords && !words.writableEnded) words.write(text);
  });
  void complaints.ended.then(() => words.end());
  return words;
}
