import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { bodyFrame, bodyLimit, type Frame, FrameReader, FrameTooLarge, jsonFrame, largeFrame, messageOf } from '../../electron/hostkit/frames.ts';

interface Case {
  name: string;
  /** N stands for the nonce. */
  stream: string;
  frames: string[];
  tooLarge?: boolean;
}

const nonce = '0123456789abcdef';
const casesFile = fileURLToPath(new URL('../cases/frames.json', import.meta.url));
const hostkit = fileURLToPath(new URL('../../electron/hostkit', import.meta.url));
const cases = JSON.parse(readFileSync(casesFile, 'utf8')) as Case[];
const withNonce = (text: string) => text.replaceAll('N', nonce);

function read(chunks: Buffer[]): { frames: string[]; tooLarge: boolean } {
  const reader = new FrameReader(nonce);
  const frames: string[] = [];
  try {
    for (const chunk of chunks) frames.push(...reader.feed(chunk).map(({ type, payload }) => type + payload.toString()));
  } catch (error) {
    if (!(error instanceof FrameTooLarge)) throw error;
    return { frames, tooLarge: true };
  }
  return { frames, tooLarge: false };
}

/** Hashes hardly shrink, unlike numbers in their place. */
const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');

describe('frames', () => {
  for (const { name, stream, frames, tooLarge = false } of cases) {
    const bytes = Buffer.from(withNonce(stream));
    const expected = { frames: frames.map(withNonce), tooLarge };
    it(`reads ${name}, whole and split at every byte`, () => {
      expect(read([bytes])).toEqual(expected);
      expect(read([...bytes].map((byte) => Buffer.of(byte)))).toEqual(expected);
      for (let at = 1; at < bytes.length; at += 1) expect(read([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(expected);
    });
  }

  it('reads what it writes, also a part of the largest size in small pieces', () => {
    const part = Buffer.alloc(bodyLimit, 7);
    const stream = Buffer.concat([jsonFrame(nonce, { id: 1, text: 'ä✓' }), bodyFrame(nonce, 258, part)]);
    const reader = new FrameReader(nonce);
    const found = [];
    for (let at = 0; at < stream.length; at += 30_000) found.push(...reader.feed(stream.subarray(at, at + 30_000)));
    expect(found.map(({ type }) => type)).toEqual(['J', 'B']);
    expect(JSON.parse(String(found[0]?.payload))).toEqual({ id: 1, text: 'ä✓' });
    expect(found[1]?.payload.readUInt32BE()).toBe(258);
    expect(found[1]?.payload.subarray(4).equals(part)).toBe(true);
  });

  it('carry a release of 150,000 files, which travels compressed; a message that unpacks to more than any has is none', async () => {
    const message = { files: Array.from({ length: 150_000 }, (_none, index) => [`heap/${hashOf(`path ${index}`).slice(0, 16)}-${index}.html`, hashOf(`${index}`), index]) };
    const [found] = new FrameReader(nonce).feed(await largeFrame(nonce, message));
    expect(found?.type).toBe('Z');
    // As text: 150,000 comparisons take seconds.
    expect(JSON.stringify(messageOf(found as Frame)) === JSON.stringify(message)).toBe(true);
    expect(messageOf({ type: 'Z', payload: deflateSync(Buffer.alloc(70 << 20, 32)) })).toBeUndefined();
    expect((await largeFrame(nonce, { small: true })).equals(jsonFrame(nonce, { small: true }))).toBe(true);
  });

  it('are read the same by the kit', () => {
    const script = `
import json, sys
from forgekit.frames import Reader, TooLarge
nonce = sys.argv[2].encode()
def read(chunks):
    reader, found = Reader(nonce), []
    try:
        for chunk in chunks:
            for kind, payload in reader.feed(chunk):
                if kind == b"b":
                    found[-1] += bytes(payload).decode()
                else:
                    found.append((kind + payload).decode())
    except TooLarge:
        return {"frames": found, "tooLarge": True}
    return {"frames": found, "tooLarge": False}
print(json.dumps([
    [read([data]), read([data[i:i+1] for i in range(len(data))]), *(read([data[:i], data[i:]]) for i in range(1, len(data)))]
    for data in (case["stream"].replace("N", nonce.decode()).encode() for case in json.load(open(sys.argv[1])))
]))`;
    const outcome = JSON.parse(execFileSync('/usr/bin/python3', ['-B', '-c', script, casesFile, nonce], { cwd: hostkit, encoding: 'utf8' })) as object[][];
    outcome.forEach((readings, index) => {
      const { name, frames, tooLarge = false } = cases[index] as Case;
      for (const reading of readings) expect({ name, ...reading }).toEqual({ name, frames: frames.map(withNonce), tooLarge });
    });
  });
});
