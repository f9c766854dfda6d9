import { describe, expect, it } from 'vitest';
import { applied, deploy, fetched, firstDeploy, follow, killHolder, plain } from './deploying.ts';
import { host, kit, reconnect, withPreparedHost } from './prepared-host.ts';

withPreparedHost();

const sh = async (script: string) => (await host.run(['sh', '-c', script])).stdout.trim();
const remove = (app: string, more = {}) => kit.call('apps.remove', { app, actor: 'bea', registry: null, entry: null, ...more });
const archives = async (app: string) => (await kit.call('apps.removed', { app })).apps;
async function restore(archive: string, spec: Parameters<typeof applied>[0]) {
  const app = spec.app;
  const { deployment } = await kit.call('apps.restore', { archive, spec, apply: applied(spec), actor: 'cy', origin: '', token: '' });
  return follow(kit, app, deployment);
}
/** Every file of the data with rights, owner, links and content, one a line. */
const data = (app: string) =>
  sh(`cd /srv/forgeboard/${app}/data && find . -printf '%p %y %m %u:%g %s %l\\n' | grep -v sock | sort && find . -type f -print0 | sort -z | xargs -0 sha256sum`);
/** Kills the kit that holds the app's lock. */
const kept = (app: string) => sh(`ls -A /var/lib/forgeboard/removed | grep ${app} || true`);

describe('a removed app', () => {
  it('comes back with its data, owners, variables and release, and its archive goes', async () => {
    const spec = await firstDeploy(kit, 'shop', 8900, plain('one', { 'static/a b.txt': 'ü' }), { keepReleases: 7 });
    await deploy(kit, 'shop', plain('two', { 'static/a b.txt': 'ü' }));
    await sh(`cd /srv/forgeboard/shop/data && mkdir -p -m 0750 deep/er 'n
l' && printf x > deep/er/file && printf y > "$(printf 'b\\377d')" && ln -s deep/er/file link && ln -s /srv/forgeboard/shop/data/deep whole && ln -s /etc/shadow out && mkfifo pipe
      truncate -s 20M sparse && chmod 4755 deep/er/file && chown -R fb-shop:fb-shop . && touch root-s && chown root:www-data root-s && chmod 640 root-s
      mkdir -p -m 0700 /etc/forgeboard/apps/shop/vars && printf 'A="1"\\n' > /etc/forgeboard/apps/shop/vars/3 && chmod 600 /etc/forgeboard/apps/shop/vars/3`);
    const before = await data('shop');
    const { archive, changed } = await remove('shop', { entry: '  - slug: shop\n    port: 8900\n' });
    expect(changed).toContain('user fb-shop');
    expect(await sh('stat -c "%a %U" /var/lib/forgeboard/removed/*; ls -A /var/lib/forgeboard/removed')).toBe(`600 root\n${archive}`);
    expect(await sh("find /srv /etc/systemd /etc/nginx /run/forgeboard -name '*shop*'; getent passwd fb-shop || true")).toBe('');
    const [first] = await archives('shop');
    expect(first).toMatchObject({ app: 'shop', by: 'bea', release: 2, entry: '  - slug: shop\n    port: 8900\n', spec: { port: 8900, keepReleases: 7 } });
    expect((first?.until ?? 0) - (first?.removedAt ?? 0)).toBeGreaterThan(29.9 * 86_400);
    // A plain tar: readable with ForgeBoard deleted.
    expect(await sh(`tar tzf /var/lib/forgeboard/removed/${archive} | head -2`)).toBe('about.json\nvariables/3');

    await sh('useradd --system in-between'); // so that the app's user gets another number
    const { end, events } = await restore(archive ?? '', spec);
    expect(end).toMatchObject({ outcome: 'live', release: 3 });
    expect(events.find((event) => event.type === 'step' && event.name === 'unpack' && event.status === 'done')).toMatchObject({
      detail: expect.stringContaining('left out, for they lead out of the data: out'),
    });
    expect(await fetched(host, 8900)).toEqual({ status: 200, body: 'two' });
    const expected = before
      .split('\n')
      .filter((line) => !/^\.\/(out|pipe) /.test(line))
      .join('\n')
      .replace(' f 4755 ', ' f 755 ');
    expect(await data('shop')).toBe(expected);
    expect(Number(await sh('du -k /srv/forgeboard/shop/data/sparse | cut -f1'))).toBeLessThan(1024);
    expect(await sh('cat /etc/forgeboard/apps/shop/vars/3; stat -c "%a %U" /etc/forgeboard/apps/shop/vars/3; cat "/srv/forgeboard/shop/slots/a/release/static/a b.txt"')).toBe(
      'A="1"\n600 root\nü',
    );
    await expect.poll(() => archives('shop'), { timeout: 20_000 }).toEqual([]);
    expect((await deploy(kit, 'shop', plain('four'))).end).toMatchObject({ outcome: 'live', release: 4 });
    await remove('shop', { archive: false });
    expect(await archives('shop')).toEqual([]);
  });

  it('is not put back over an app of its name, and an archive goes by hand or after 30 days', async () => {
    const spec = await firstDeploy(kit, 'twice', 8901, plain('a'));
    const { archive } = await remove('twice');
    await firstDeploy(kit, 'twice', 8901, plain('b'));
    await expect(restore(archive ?? '', spec)).rejects.toMatchObject({ problem: 'exists' });
    expect(await fetched(host, 8901)).toEqual({ status: 200, body: 'b' });
    expect(await archives('twice')).toHaveLength(1);
    await kit.call('apps.purge', { archive });
    await expect(kit.call('apps.purge', { archive })).rejects.toMatchObject({ problem: 'not-found' });
    await expect(kit.call('apps.purge', { archive: '../apps/twice.json' })).rejects.toMatchObject({ problem: 'invalid' });
    await sh('touch /var/lib/forgeboard/removed/old-20200101T000000Z.tar.gz /var/lib/forgeboard/removed/.x-20200101T000000Z.tar.gz.1.999999.forgeboard-new');
    await kit.call('apps.removed', { app: null });
    expect(await sh('ls -A /var/lib/forgeboard/removed')).toBe('');
  });

  it('stays removed where its archive is damaged or breaks a rule, and nothing of it is left behind', async () => {
    const spec = await firstDeploy(kit, 'harm', 8902, plain('a'));
    await sh('head -c 300000 /dev/urandom > /srv/forgeboard/harm/data/noise');
    const { archive } = await remove('harm');
    const at = `/var/lib/forgeboard/removed/${archive}`;
    await sh(`cp ${at} /root/whole.tar.gz`);
    const left = "find /etc /srv /run -xdev -name '*harm*' -not -name '*.scope' -not -path '/etc/group*'; getent passwd fb-harm || true; ls /root/outside 2>/dev/null || true";
    const attempt = async (change: string) => {
      await sh(change);
      const { end } = await restore(archive ?? '', spec);
      expect(await sh(left)).toBe('');
      return end?.failure?.message;
    };
    expect(await attempt(`python3 -c "p='${at}'; b=bytearray(open(p,'rb').read()); b[-150000]^=1; open(p,'wb').write(b)"`)).toContain('damaged');
    expect(await attempt(`head -c 200000 /root/whole.tar.gz > ${at}`)).toContain('damaged');
    const bad = (name: string, more: string) => `python3 - <<'END'
import io, tarfile
with tarfile.open('/root/whole.tar.gz') as old, tarfile.open('${at}', 'w:gz') as new:
    for one in old:
        new.addfile(one, old.extractfile(one) if one.isreg() else None)
    info = tarfile.TarInfo(${JSON.stringify(name)})
    ${more}
    new.addfile(info, io.BytesIO(bytes(info.size)))
END`;
    expect(await attempt(bad('data/../../../../root/outside', 'info.size = 3'))).toContain('holds the path');
    expect(await attempt(bad('/root/outside', 'info.size = 3'))).toContain('no place in it');
    expect(await attempt(bad('data/dev', 'info.type = tarfile.BLKTYPE'))).toContain('no place in it');
    expect(await attempt(bad('data/hard', "info.type = tarfile.LNKTYPE; info.linkname = '/etc/shadow'"))).toContain('no place in it');
    expect(await attempt(bad('data/noise', 'info.size = 3'))).toContain('damaged');
    await sh(`cp /root/whole.tar.gz ${at}`);
    expect((await restore(archive ?? '', spec)).end).toMatchObject({ outcome: 'live' });
    expect(await fetched(host, 8902)).toEqual({ status: 200, body: 'a' });
  });
});

describe('a removal', () => {
  it('is refused where its archive has no room, naming mount, needed and free, and the app serves on', async () => {
    await firstDeploy(kit, 'big', 8903, plain('a'));
    await firstDeploy(kit, 'before', 8906, plain('a'));
    await remove('before');
    await sh('head -c 30000000 /dev/urandom > /srv/forgeboard/big/data/noise');
    const grow = await host.shrinkDisk('/var/lib/forgeboard', 20);
    try {
      await expect(remove('big')).rejects.toMatchObject({
        problem: 'disk-full',
        hint: expect.stringMatching(/^Archives of apps removed before hold [\d.]+ MB: .*--no-archive/),
        facts: { mount: '/var/lib/forgeboard', needed: expect.any(Number), free: expect.any(Number) },
      });
      expect(await fetched(host, 8903)).toEqual({ status: 200, body: 'a' });
      expect(await kept('big')).toBe('');
    } finally {
      await grow();
    }
    await remove('big', { archive: false });
  });

  it('that is cut while the archive is written leaves the app, running, and no archive', async () => {
    await firstDeploy(kit, 'cut', 8904, plain('a'));
    await sh('head -c 400000000 /dev/urandom > /srv/forgeboard/cut/data/noise');
    const before = await data('cut');
    const broken = remove('cut').catch((error: unknown) => error);
    await expect.poll(() => kept('cut'), { timeout: 20_000, interval: 10 }).toContain('.forgeboard-new');
    await killHolder(host, 'cut');
    await broken;
    await reconnect();
    await kit.call('apps.list', {});
    await expect.poll(() => fetched(host, 8904), { timeout: 20_000 }).toEqual({ status: 200, body: 'a' });
    await expect.poll(() => sh('ls /var/lib/forgeboard/removed | grep cut || true'), { timeout: 10_000 }).toBe('');
    expect(await archives('cut')).toEqual([]);
    expect(await kept('cut')).toBe('');
    expect(await data('cut')).toBe(before);
    expect((await deploy(kit, 'cut', plain('b'))).end).toMatchObject({ outcome: 'live' });
    await remove('cut', { archive: false });
  });

  it('that is cut after it is brought to its end at the next contact, and can be undone', async () => {
    const spec = await firstDeploy(kit, 'half', 8905, plain('a'));
    const { text, digest } = await kit.call('registry.read', {});
    const entry = '  - slug: half\n    port: 8905\n';
    await host.write('/etc/forgeboard/apps.yml', `${text}apps:\n  - slug: first\n${entry}`);
    const now = await kit.call('registry.read', {});
    expect(now.digest).not.toBe(digest);
    // nginx is another app's turn: the removal waits there, its archive complete.
    const holder = await host.run(['sh', '-c', 'flock /var/lib/forgeboard/locks/.nginx sleep 300 >/dev/null 2>&1 & echo $!']);
    const broken = remove('half', { registry: { text: now.text.replace(entry, ''), digest: now.digest }, entry }).catch((error: unknown) => error);
    await expect.poll(() => sh('cat /var/lib/forgeboard/removed/half.removing 2>/dev/null || true'), { timeout: 20_000, interval: 20 }).toContain('"taking"');
    await killHolder(host, 'half');
    await broken;
    await sh(`pkill -P ${holder.stdout.trim()}; kill ${holder.stdout.trim()} 2>/dev/null; true`);
    await reconnect();
    await kit.call('apps.list', {});
    const rest = "find /srv /etc/systemd /etc/nginx /run/forgeboard /var/lib/forgeboard -name '*half*' -not -name '*.tar.gz'; getent passwd fb-half || true";
    await expect.poll(() => sh(rest), { timeout: 20_000 }).toBe('');
    expect((await kit.call('registry.read', {})).text).toBe(`${text}apps:\n  - slug: first\n`);
    const [first] = await archives('half');
    expect((await restore(first?.archive ?? '', spec)).end).toMatchObject({ outcome: 'live', release: 2 });
    expect(await fetched(host, 8905)).toEqual({ status: 200, body: 'a' });
    await host.write('/etc/forgeboard/apps.yml', text);
  });
});
