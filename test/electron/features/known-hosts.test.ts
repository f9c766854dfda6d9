import { chmodSync, mkdirSync, readFileSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { entryLine } from '../../../electron/ssh/known-hosts-lines.ts';
import type { KnownKey } from '../../../shared/contract/known-hosts.ts';
import { keyPair } from '../../ssh/fake-server.ts';
import { type Board, openBoard } from '../board.ts';

const [one, two, three] = [keyPair().key, keyPair().key, keyPair('ecdsa').key];
let board: Board;
let file = '';
beforeEach(async () => {
  board = await openBoard(null);
  file = join(board.home, 'known_hosts');
  const host = (name: string, address: string, port: number) =>
    `  - { name: ${name}, user: root, address: ${address}, port: ${port}, identity: null, addedAt: "2026-01-01T00:00:00Z" }\n`;
  writeFileSync(join(board.home, 'hosts.yml'), `format: 1\nhosts:\n${host('fra-1', '192.0.2.1', 22)}${host('hel-2', '192.0.2.2', 2222)}`);
});
afterEach(() => board.close());

interface Listed {
  keys: KnownKey[];
  broken: { file: string; line: number; text: string; wrong: string }[];
  files: { path: string; writable: boolean; problem: string | null }[];
}
/** Of our own file: the machine that runs the tests has others. */
const list = async () => {
  const { keys, broken, files } = await board.call<Listed>('known-hosts.list', {});
  return { keys: keys.filter((key) => key.file === file), broken: broken.filter((line) => line.file === file), files };
};

// Odd on purpose: other line ends, tabs, bytes that are no UTF-8, a damaged line, no end of the last line.
const lines = [
  '# mine\n',
  '\n',
  `192.0.2.1,old\\name \t${one.type} ${one.blob.toString('base64')} caf\xe9\r\n`,
  `${entryLine('[192.0.2.2]:2222', two, { hash: true })}\n`,
  `${entryLine('192.0.2.1', three, { hash: false, mark: '@revoked' })}\n`,
  `@cert-authority *.example ${one.type} ${one.blob.toString('base64')}\n`,
  '192.0.2.1 ssh-ed25519 AAAA\n',
  `192.0.2.2 ${three.type} ${three.blob.toString('base64')}`,
];
const write = (text = lines.join('')) => writeFileSync(file, text, 'latin1');
const without = (...gone: number[]) => lines.filter((_line, index) => !gone.includes(index + 1)).join('');

describe('known host keys', () => {
  it('are listed with their names, marks, fingerprints, place and servers, also where names are hashed', async () => {
    write();
    const { keys, broken, files } = await list();
    expect(keys.map(({ line, names, hashed, mark, fingerprint, hosts }) => [line, names, hashed, mark, fingerprint, hosts])).toEqual([
      [3, ['192.0.2.1', 'old\\name'], false, 'key', one.fingerprint, ['fra-1']],
      [4, [], true, 'key', two.fingerprint, ['hel-2']],
      [5, ['192.0.2.1'], false, 'revoked', three.fingerprint, ['fra-1']],
      [6, ['*.example'], false, 'authority', one.fingerprint, []],
      [8, ['192.0.2.2'], false, 'key', three.fingerprint, ['hel-2']],
    ]);
    expect(broken).toEqual([{ file, line: 7, text: '192.0.2.1 ssh-ed25519 AAAA', wrong: expect.stringContaining('not a key') }]);
    expect(files[0]).toEqual({ path: file, writable: true, problem: null });
  });

  it('are forgotten one by one, and every other byte, the mode and a link stay; undone, the file is as before', async () => {
    write();
    const real = join(board.home, 'elsewhere');
    mkdirSync(real);
    renameSync(file, join(real, 'keys'));
    symlinkSync(join(real, 'keys'), file);
    chmodSync(join(real, 'keys'), 0o640);
    for (const key of (await list()).keys) {
      const { undo } = await board.call<{ undo: string }>('known-hosts.forget', { id: key.id, yes: true });
      expect(readFileSync(join(real, 'keys'), 'latin1')).toBe(without(key.line));
      expect(statSync(file).mode & 0o7777).toBe(0o640);
      await board.call('known-hosts.restore', { undo });
      expect(readFileSync(file, 'latin1')).toBe(lines.join(''));
      expect((await board.failing('known-hosts.restore', { undo })).problem).toBe('not-found');
    }
  });

  it('of one server go together; a revoked one, and what other servers need, stay and say why', async () => {
    write();
    const { forgotten, kept } = await board.call<{ forgotten: { line: number }[]; kept: { line: number; reason: string }[] }>('known-hosts.forget', { host: 'fra-1', yes: true });
    expect(forgotten.map(({ line }) => line)).toEqual([3]);
    expect(kept.filter(({ line }) => line === 5)).toEqual([expect.objectContaining({ reason: expect.stringContaining('never to be trusted') })]);
    expect(readFileSync(file, 'latin1')).toBe(without(3));
    write();
    await board.call('known-hosts.forget', { host: 'hel-2', yes: true });
    expect(readFileSync(file, 'latin1')).toBe(without(4));
    const failure = await board.failing('known-hosts.forget', { host: 'hel-2', yes: true });
    expect([failure.problem, failure.hint]).toEqual(['not-found', expect.stringContaining('port 22')]);
  });

  it('are not forgotten without a yes, nor by a name of a line that has changed, nor is a later change undone', async () => {
    write();
    const id = (await list()).keys[0]?.id;
    expect((await board.failing('known-hosts.forget', { id })).problem).toBe('needs-input');
    expect(readFileSync(file, 'latin1')).toBe(lines.join(''));
    write(`${lines[3]}${lines.join('')}`);
    expect((await board.failing('known-hosts.forget', { id, yes: true })).problem).toBe('not-found');
    const { undo } = await board.call<{ undo: string }>('known-hosts.forget', { id: (await list()).keys[0]?.id, yes: true });
    write(`${lines.join('')}\nnew`);
    expect((await board.failing('known-hosts.restore', { undo })).problem).toBe('conflict');
    expect(readFileSync(file, 'latin1')).toBe(`${lines.join('')}\nnew`);
  });
});
