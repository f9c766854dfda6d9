import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { cutMark, lines } from '../../electron/ssh/lines.ts';

const of = (...chunks: (string | Buffer)[]): Readable => Readable.from(chunks.map((chunk) => Buffer.from(chunk as string)));

async function all(source: Readable, most?: number): Promise<string[]> {
  const found: string[] = [];
  for await (const line of lines(source, { most })) found.push(line);
  return found;
}

describe('lines of a stream', () => {
  it('come whole, whatever the chunks; the last needs no end', async () => {
    expect(await all(of('on', 'e\ntw', 'o\r', '\n\nthree'))).toEqual(['one', 'two', '', 'three']);
    expect(await all(of())).toEqual([]);
    expect(await all(of('\n'))).toEqual(['']);
  });

  it('are decoded as a whole: a character cut by chunks survives, other bytes become marks', async () => {
    const euro = Buffer.from('€');
    expect(await all(of(euro.subarray(0, 1), euro.subarray(1), '\n', Buffer.from([0xff, 0x61]), '\n'))).toEqual(['€', '\ufffda']);
  });

  it('are cut with a mark when too long, and the next one is whole again', async () => {
    expect(await all(of('abcdef', 'gh\nok\n', 'abcd\n', 'abcde'), 4)).toEqual([`abcd${cutMark}`, 'ok', 'abcd', `abcd${cutMark}`]);
  });

  it('need little memory for a line without end', async () => {
    const chunk = Buffer.alloc(1024 * 1024, 97);
    const endless = Readable.from(
      (function* () {
        for (let i = 0; i < 200; i++) yield chunk;
      })(),
    );
    const [line] = await all(endless);
    expect(line).toHaveLength(64 * 1024 + cutMark.length);
  });

  it('not asked for are not read', async () => {
    let read = 0;
    const source = new Readable({
      highWaterMark: 1024,
      read() {
        read++;
        this.push(`${'x'.repeat(511)}\n`);
      },
    });
    const iterator = lines(source);
    await iterator.next();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(read).toBeLessThan(10);
    await iterator.return();
    expect(source.destroyed).toBe(true);
  });

  it('end with `cancelled` when the signal aborts', async () => {
    const controller = new AbortController();
    const waiting = lines(new Readable({ read() {} }), { signal: controller.signal }).next();
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ problem: 'cancelled' });
  });
});
