import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { missingRequirements } from '../../hosts/debian.ts';
import { copyingClient } from '../copying-client.ts';

describe.skipIf(missingRequirements().length > 0)('a folder of files that is copied into one that is there', () => {
  const at = copyingClient();
  const { get, put, sh } = at;

  it('is merged the same way with tar and find on the server as without, and leaves nothing of its own', async () => {
    const site = join(at.here, 'merged');
    const down = join(at.here, 'down');
    const fill = (to: string, text: string, from: number, count: number) => {
      mkdirSync(join(to, 'in', 'deep'), { recursive: true });
      for (let file = from; file < from + count; file++) for (const folder of ['', 'in', 'in/deep']) writeFileSync(join(to, folder, `${file}`), `${text} ${file}`, { mode: 0o640 });
    };
    fill(site, 'new', 30, 60);
    writeFileSync(join(site, 'large'), randomBytes(1 << 20));
    const there = 'mkdir -p merged/in/deep && for f in $(seq 0 59); do for d in . in in/deep; do echo -n "old $f" > merged/$d/$f; done; done';
    const sums = (where: string) => `cd ${where} && find . -type f -printf '%p\n' | sort | xargs sha256sum | sha256sum; find . | wc -l; find . -name '.forgeboard*' | wc -l`;
    const roundTrip = async () => {
      await sh(`cd /home/deploy && rm -rf merged && ${there} && chown -R deploy merged`);
      expect(await put(site, '/home/deploy')).toMatchObject({ ok: false, failure: { problem: 'exists' } });
      expect(await put(site, '/home/deploy', { overwrite: true })).toMatchObject({ ok: true, value: { files: 181, left: 0, resumed: 0 } });
      const wanted = execFileSync('sh', ['-c', `rm -rf '${down}' && mkdir '${down}' && cd '${down}' && ${there} && cp -a '${site}/.' merged && cd merged && ${sums('.')}`]);
      expect(await sh(sums('/home/deploy/merged'))).toBe(wanted.toString().trim());
      expect(await sh("stat -c '%a %U' /home/deploy/merged/in/30 /home/deploy/merged/in/29")).toBe('640 deploy\n644 deploy');
      // And back into one of which half is there.
      execFileSync('sh', ['-c', `rm -rf '${down}' && mkdir '${down}' && cp -a '${site}' '${down}' && rm -r '${down}/merged/in/deep' && echo other > '${down}/merged/in/30'`]);
      expect(await get('merged', { into: at.forgeboard.openFolder(down), overwrite: true })).toMatchObject({ ok: true, value: { files: 271 } });
      expect(execFileSync('sh', ['-c', sums(join(down, 'merged'))]).toString()).toBe(wanted.toString());
    };
    await roundTrip();
    await sh('chmod 700 /usr/bin/tar /usr/bin/find');
    await roundTrip().finally(() => sh('chmod 755 /usr/bin/tar /usr/bin/find'));
    // A part of it on another disk, a folder that may not be written, and one where a file should go.
    await sh('mount -t tmpfs -o mode=777 none /home/deploy/merged/in');
    expect(await put(site, '/home/deploy', { overwrite: true })).toMatchObject({ ok: true });
    expect(await sh('ls /home/deploy/merged/in | wc -l; cat /home/deploy/merged/in/deep/89; umount /home/deploy/merged/in')).toBe('61\nnew 89');
    await sh('chown root /home/deploy/merged && chmod 755 /home/deploy/merged');
    expect(await put(site, '/home/deploy', { overwrite: true })).toMatchObject({ ok: false, failure: { problem: 'denied' } });
    await sh('chown deploy /home/deploy/merged && cd /home/deploy/merged && rm 30 && mkdir 30 && touch 30/kept && chown deploy 30');
    expect(await put(site, '/home/deploy', { overwrite: true })).toMatchObject({ ok: false, failure: { field: 'path', message: expect.stringContaining('merged/30') } });
    await sh('cd /home/deploy/merged && rm -r 30 in && touch in && chown deploy in');
    expect(await put(site, '/home/deploy', { overwrite: true })).toMatchObject({
      ok: false,
      failure: { problem: 'conflict', message: '/home/deploy/merged/in is no folder there' },
    });
  });

  it('when it is cut, leaves each file old or new as a whole, and goes on', async () => {
    const site = join(at.here, 'cut');
    mkdirSync(site);
    const text = (word: string, file: number) => `${word} ${file}\n`.repeat(500);
    for (let file = 0; file < 1000; file++) writeFileSync(join(site, `${file}`), text('new', file));
    await sh('install -d -o deploy /home/deploy/cut && cd /home/deploy/cut && for f in $(seq 0 999); do yes "old $f" | head -500 > $f; done; chown -R deploy .');
    const count = (script: string) => sh(`cd /home/deploy/cut && ${script}`).then(Number);
    const halves = [async () => (await count('ls -A .forgeboard-*.part 2>/dev/null | wc -l')) > 200, async () => (await count('head -qn1 [0-9]* | grep -c new || true')) > 200];
    for (const isHalf of halves) {
      const cut = new AbortController();
      const copying = put(site, '/home/deploy', { overwrite: true }, cut.signal);
      while (!(await isHalf())) await new Promise((resolve) => setTimeout(resolve, 5));
      cut.abort();
      const ended = await copying;
      // The second may be done before it is seen.
      if (isHalf === halves[0]) expect(ended).toMatchObject({ ok: false, failure: { problem: 'cancelled' } });
      expect(
        await count(
          String.raw`awk '{ n[FILENAME]++; if (FNR == 1) first[FILENAME] = $0; else if ($0 != first[FILENAME]) wrong++ } END { for (f in n) if (n[f] != 500) wrong++; print wrong + 0 }' [0-9]*`,
        ),
      ).toBe(0);
      expect(await count('ls [0-9]* | wc -l')).toBe(1000);
    }
    const again = await put(site, '/home/deploy', { overwrite: true });
    expect(again).toMatchObject({ ok: true, value: { files: 1000 } });
    expect(await count('cat [0-9]* | grep -c old || true')).toBe(0);
    expect(await count('ls -A | wc -l')).toBe(1000);
  });
});
