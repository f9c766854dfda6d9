import { expect } from 'vitest';
import { bootHost } from '../hosts/host.ts';
import type { Release } from '../hosts/packages.ts';
import { applied, deploy, fetched, plain, specOf } from './deploying.ts';
import { connectAs, kitAs, prepare } from './over-ssh.ts';

const flask = (answer: string) =>
  plain(answer, { 'requirements.txt': 'flask\n', 'app.py': `import flask\n\napp = flask.Flask(__name__)\n\n\n@app.get("/")\ndef home():\n    return "${answer}"\n` });

/** An app's whole life on a bare Debian, by a user with sudo: packages, first deploy, a change, a failure, removal. */
export async function wholeLife(release: Release): Promise<void> {
  const host = await bootHost({ image: 'base', release });
  const connection = await connectAs(host, 'ops');
  const kit = await kitAs(connection, 'ops', { log: (text) => process.stderr.write(text) });
  try {
    await prepare(kit, 'ops');
    const spec = specOf('shop', 8100);
    const first = await deploy(kit, 'shop', flask('one'), { spec, apply: applied(spec) });
    expect(first.end).toMatchObject({ outcome: 'live' });
    expect(await fetched(host, 8100)).toEqual({ status: 200, body: 'one' });
    expect((await deploy(kit, 'shop', flask('two'))).end).toMatchObject({ outcome: 'live', slot: 'b' });
    expect(await fetched(host, 8100)).toEqual({ status: 200, body: 'two' });
    const failed = await deploy(kit, 'shop', { ...flask('three'), 'app.py': 'import flsk\n' });
    expect(failed.end?.failure?.message).toBe("the app did not start: ModuleNotFoundError: No module named 'flsk' (app.py line 1)");
    expect(await fetched(host, 8100)).toEqual({ status: 200, body: 'two' });
    const app = (await kit.call('apps.list', {})).apps[0];
    expect(app).toMatchObject({ app: 'shop', state: 'live', release: 2 });
    expect(app?.memory).toBeGreaterThan(1e6);
    expect((await kit.call('apps.remove', { app: 'shop', registry: null })).changed).toContain('user fb-shop');
    expect((await fetched(host, 8100)).status).toBe(0);
  } finally {
    kit.close();
    connection.close();
    await host.stop();
  }
}
