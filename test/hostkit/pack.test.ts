import { cpSync, mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { bodyLimit } from '../../electron/hostkit/frames.ts';
import { kitFolder, packKit } from '../../electron/hostkit/pack.ts';
import { kitCommand } from '../../electron/hostkit/remote.ts';

describe('the packed kit', () => {
  it('is the same bytes from a copy made at another time, in another time zone', () => {
    const copy = mkdtempSync(path.join(tmpdir(), 'kit-'));
    const zone = process.env.TZ;
    try {
      cpSync(kitFolder, copy, { recursive: true, filter: (name) => !name.includes('__pycache__') });
      for (const name of readdirSync(copy)) utimesSync(path.join(copy, name), 1e9, 1e9);
      process.env.TZ = 'Pacific/Auckland';
      expect(packKit(copy)).toEqual(packKit());
    } finally {
      if (zone === undefined) delete process.env.TZ;
      else process.env.TZ = zone;
      rmSync(copy, { recursive: true });
    }
  });

  it('fits in one frame, in which it goes to a host without a kit', () => {
    expect(packKit().bytes.length).toBeLessThan(bodyLimit);
  });
});

describe('the remote commands', () => {
  it('mean the same to every login shell: one quoted argument without anything a shell treats specially inside quotes', () => {
    for (const access of ['root', 'sudo', 'sudo-password'] as const) {
      for (const force of [undefined, 'loader'] as const) {
        const command = kitCommand(access, force);
        expect(command).toMatch(/^\/bin\/sh -c '[^'!\n]*'$/);
        expect(command).not.toMatch(/\\['\\]/);
      }
    }
  });
});
