import { request } from 'node:http';
import type { DeploymentEvent } from '../../../electron/hostkit/actions.ts';
import type { Kit } from '../../../electron/hostkit/hostkit.ts';
import type { Connection } from '../../../electron/ssh/connection.ts';
import type { AppSpec } from '../../../shared/rules/spec.ts';
import type { TestHost } from '../../hosts/host.ts';
import { applied, deploy, firstDeploy, follow, type Folder, startDeploy } from '../deploying.ts';
import { connectAs, kitAs } from '../over-ssh.ts';
import { violations } from './invariants.ts';

export const kinds = ['deploy', 'packages', 'configure', 'rollback', 'restart', 'variables'] as const;
export type Kind = (typeof kinds)[number];
export const victims = ['runner', 'kit', 'connection', 'runner and kit'] as const;
export type Victim = (typeof victims)[number] | 'shutdown' | 'power';

export interface Round {
  number: number;
  kind: Kind;
  victim: Victim;
  /** Kill so long after this step began; null: after the call was made. */
  step: string | null;
  afterMs: number;
}

export interface Told extends Round {
  /** The step that the journal says it was at, and what came of it. */
  outcome: string;
  wrong: string[];
}

const source = (code: string): Folder => ({
  'app.py': `import os\n\n\ndef app(environ, start_response):\n    start_response("200 OK", [])\n    return [b"${code} " + os.environ.get("V", "-").encode()]\n`,
  'requirements.txt': '',
});
const asked = { actor: 'ann', origin: '', token: '' };
let opening: Promise<unknown> = Promise.resolve();

/** One app and the client that changes it, over a connection of its own. */
export class Lane {
  #connection: Connection | undefined;
  #kit: Kit | undefined;
  #peer = { port: '', pid: '' };
  #spec: AppSpec | undefined;
  #code = '';
  #allowed = { codes: new Set<string>(), anyVariables: false, variables: new Set<string>() };
  #strange: string[] = [];
  #polling = false;
  #down = false;
  #poller: Promise<void> = Promise.resolve();

  constructor(
    readonly host: TestHost,
    readonly app: string,
    readonly port: number,
    readonly watchSeconds: number,
  ) {}

  /** One lane after the other, so that the new connection is the one that was not there before. */
  async open(): Promise<void> {
    const mine = opening.then(() => this.#open());
    opening = mine.catch(() => {});
    await mine;
  }

  async #open(): Promise<void> {
    this.close();
    const sessions = async () =>
      (await this.#out('sh', '-c', "ss -Htnp state established '( sport = :22 )'")).split('\n').flatMap((line) => {
        const found = /:(\d+)\s+users:.*pid=(\d+)/.exec(line);
        return found === null ? [] : [{ port: found[1]!, pid: found[2]! }];
      });
    const before = new Set((await sessions()).map(({ port }) => port));
    this.#connection = await connectAs(this.host, 'root');
    this.#kit = await kitAs(this.#connection, 'root', { log: (text) => process.stderr.write(text) });
    const found = (await sessions()).find(({ port }) => !before.has(port));
    if (found === undefined) throw new Error('the new connection is not among those of sshd');
    this.#peer = found;
  }

  close(): void {
    this.#kit?.close();
    this.#connection?.close();
    this.#kit = undefined;
  }

  get kit(): Kit {
    if (this.#kit === undefined) throw new Error('the lane is closed');
    return this.#kit;
  }

  async #out(...argv: string[]): Promise<string> {
    return (await this.host.run(argv, { check: false })).stdout.trim();
  }

  async begin(): Promise<void> {
    await this.open();
    this.#spec = await firstDeploy(this.kit, this.app, this.port, source('c0'), { watchSeconds: this.watchSeconds, drainSeconds: 3, workers: 1 });
    await this.#settle('c1');
  }

  /** The deployment that must work after whatever happened. */
  async #settle(code: string): Promise<string[]> {
    this.#allowed.codes.add(code);
    const { end, deployment } = await deploy(this.kit, this.app, source(code), { drainSeconds: 2, checkSeconds: 20 });
    if (end?.outcome !== 'live') return [`the next deployment (${deployment}) ended as ${JSON.stringify(end)}`];
    this.#code = code;
    return [];
  }

  /** Asks all the time; every answer must be of the old or the new. */
  poll(): void {
    // A host that is about to go down already is not asked.
    if (this.#down) return;
    this.#polling = true;
    this.#poller = (async () => {
      while (this.#polling) {
        const { status, body } = await asking(this.host.ownAddress, this.port);
        const [code = '', variables = ''] = body.split(' ');
        const known = this.#allowed.codes.has(code) && (this.#allowed.anyVariables || this.#allowed.variables.has(variables));
        if (this.#polling && (status !== 200 || !known)) this.#strange.push(`${new Date().toISOString()} ${status} ${body.slice(0, 60)}`);
        await new Promise((resolve) => setTimeout(resolve, 15));
      }
    })();
  }

  async rest(): Promise<void> {
    this.#polling = false;
    await this.#poller;
  }

  async #start(round: Round): Promise<number | null> {
    const { kit, app } = this;
    const code = `r${round.number}`;
    this.#allowed = { codes: new Set([this.#code]), anyVariables: false, variables: new Set([(await asking(this.host.ownAddress, this.port)).body.split(' ')[1] ?? '']) };
    if (this.watchSeconds === 0 || !['shutdown', 'power'].includes(round.victim)) this.poll();
    const limits = { drainSeconds: 2, checkSeconds: 20 };
    switch (round.kind) {
      case 'deploy':
        this.#allowed.codes.add(code);
        return startDeploy(kit, app, source(code), limits);
      case 'packages':
        this.#allowed.codes.add(code);
        return startDeploy(kit, app, { ...source(code), 'requirements.txt': `# ${code}\nclick\n` }, limits);
      case 'configure': {
        this.#allowed.codes.add(code);
        const spec = { ...this.#spec!, workers: 1 + (round.number % 2), health: { path: `/?${round.number}` } };
        return startDeploy(kit, app, source(code), { ...limits, spec, apply: applied(spec) });
      }
      case 'rollback': {
        const { releases } = await kit.call('releases.list', { app });
        const target = releases.find(({ state }) => state === 'previous') ?? releases.find(({ state }) => state === 'kept');
        if (target === undefined) return null;
        const text = await this.#out('cat', `/srv/forgeboard/${app}/releases/${target.release}/app.py`);
        this.#allowed.codes.add(/b"(\w+) /.exec(text)?.[1] ?? '');
        this.#allowed.anyVariables = true;
        return (await kit.call('deployments.rollback', { app, release: target.release, registry: null, ...asked, ...limits })).deployment;
      }
      case 'restart':
        return (await kit.call('apps.restart', { app, ...asked, ...limits })).deployment;
      case 'variables': {
        this.#allowed.variables.add(code);
        const { version } = await kit.call('variables.list', { app });
        return (await kit.call('variables.change', { app, set: [{ name: 'V', value: code, secret: false }], unset: [], version, ...asked, ...limits })).deployment;
      }
    }
  }

  /** Ends what the round says; a runner by whichever lock it holds. */
  async #kill(victim: Victim): Promise<void> {
    const shell = (text: string, ...more: string[]) => this.host.run(['sh', '-c', text, 'sh', ...more], { check: false });
    const pid = `sed -n 's/.*"pid": \\([0-9]*\\).*/\\1/p'`;
    const runner = `for file in /var/lib/forgeboard/locks/$1 /var/lib/forgeboard/locks/$1.drain; do flock -n $file true || kill -9 $(${pid} $file) 2>/dev/null; done`;
    const kit = 'pkill -9 -P $2';
    if (victim === 'runner') await shell(runner, this.app, this.#peer.pid);
    else if (victim === 'kit') await shell(kit, this.app, this.#peer.pid);
    else if (victim === 'runner and kit') await shell(`${kit}; ${runner}`, this.app, this.#peer.pid);
    else if (victim === 'connection') await shell('ss -K state established sport = :22 dport = :$1', this.#peer.port);
    else {
      this.#down = true;
      await this.rest();
      await this.host.reboot({ hard: victim === 'power' });
    }
  }

  /** One change, one kill, and all that must be so afterwards. */
  async round(round: Round): Promise<Told> {
    this.#strange = [];
    this.#down = false;
    const wrong: string[] = [];
    let killing: Promise<void> | undefined;
    const kill = (afterMs: number) => {
      killing ??= new Promise((resolve) => setTimeout(resolve, afterMs)).then(() => this.#kill(round.victim));
    };
    if (round.step === null) kill(round.afterMs);
    const onEvent = (event: DeploymentEvent) => {
      if (event.type === 'step' && event.status === 'running' && event.name === round.step) kill(round.afterMs);
    };
    await this.#start(round)
      .then((number) => (number === null ? null : follow(this.kit, this.app, number, { onEvent })))
      .catch((error: { problem?: string; message: string }) => {
        // A client whose kit or connection went away is told that it does not know; nothing else is right.
        if (!['unreachable', 'unknown-outcome', 'cancelled'].includes(error.problem ?? '')) wrong.push(`the client was told: ${error.problem} ${error.message}`);
      });
    kill(0);
    await killing;
    // Also where a runner was meant: until it is forked the kit itself holds the app's lock.
    await this.open();
    const outcome = await this.#settled(wrong);
    // Its answer first: a host that has just booted may be starting it still.
    const { status, body } = await this.#answer(['shutdown', 'power'].includes(round.victim) ? 20_000 : 0);
    wrong.push(...(await violations(this.host, this.app)));
    if (status !== 200 || !this.#allowed.codes.has(body.split(' ')[0] ?? '')) wrong.push(`at rest it answers ${status} ${body.slice(0, 60)}`);
    this.#allowed.anyVariables = true;
    wrong.push(...(await this.#settle(`s${round.number}`)));
    await this.rest();
    // What a killed upload left is there for the next one to take up, and gone after it.
    const uploads = await this.#out('find', `/srv/forgeboard/${this.app}/objects`, '-maxdepth', '1', '-name', 'new-*');
    if (uploads !== '') wrong.push(`left over by an upload: ${uploads}`);
    wrong.push(...this.#strange.slice(0, 5).map((text) => `an answer of neither: ${text}`));
    return { ...round, outcome, wrong };
  }

  /** What it answers; a host that just booted may need a moment for a good answer. */
  async #answer(patienceMs: number): Promise<{ status: number; body: string }> {
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const answer = await asking(this.host.ownAddress, this.port);
      if (answer.status === 200 || Date.now() > deadline) return answer;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Looks at the app until nobody is at it any more: the contact that recovers. */
  async #settled(wrong: string[]): Promise<string> {
    const deadline = Date.now() + 90_000;
    while (Date.now() < deadline) {
      const { app, deployments } = await this.kit.call('apps.get', { app: this.app });
      const newest = deployments[0];
      if (app.deploying === null && newest !== undefined && newest.end !== null) {
        await this.host.run(['flock', '-w', '60', `/var/lib/forgeboard/locks/${this.app}.drain`, 'true'], { check: false });
        const closed = await this.#out('tail', '-n', '1', `/var/lib/forgeboard/journal/${this.app}/${newest.deployment}.jsonl`);
        if (closed.includes('"closed"') && (await this.host.run(['flock', '-n', `/var/lib/forgeboard/locks/${this.app}`, 'true'], { check: false })).code === 0)
          return `${newest.kind} ${newest.end.outcome}`;
      }
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    wrong.push('it did not come to rest within 90 s');
    return 'never';
  }
}

/** One request on a connection of its own; status 0 where there is no answer. */
function asking(host: string, port: number): Promise<{ status: number; body: string }> {
  return new Promise((resolve) => {
    const sent = request({ host, port, agent: false, timeout: 10_000 }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      response.on('error', (error) => resolve({ status: 0, body: error.message }));
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer in 10 s')));
    sent.on('error', (error) => resolve({ status: 0, body: error.message }));
    sent.end();
  });
}
