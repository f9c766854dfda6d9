import { afterEach, describe, expect, it } from 'vitest';
import type { Kit } from '../../electron/hostkit/hostkit.ts';
import type { Connection } from '../../electron/ssh/connection.ts';
import { bootHost, type TestHost } from '../hosts/host.ts';
import { applied, deploy, fetched, plain, specOf } from './deploying.ts';
import { connectAs, kitAs, prepare } from './over-ssh.ts';

let host: TestHost | undefined;
let connection: Connection | undefined;
let kit: Kit | undefined;

afterEach(async () => {
  kit?.close();
  connection?.close();
  await host?.stop();
});

const flask = (answer: string) =>
  plain(answer, { 'requirements.txt': 'flask\n', 'app.py': `import flask\n\napp = flask.Flask(__name__)\n\n\n@app.get("/")\ndef home():\n    return "${answer}"\n` });

describe('every supported Debian, by a user with sudo', () => {
  it.each(['bookworm', 'trixie'] as const)('%s takes a first deploy, a change, a failure and a removal', async (release) => {
    host = await bootHost({ image: 'web', release });
    connection = await connectAs(host, 'ops');
    kit = await kitAs(connection, 'ops', { log: (text) => process.stderr.write(text) });
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
  });
});
