import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../../build/run.ts';
import type { Variable, VariablesResult } from '../../../shared/contract/variables.ts';
import { startLoad } from '../../demo/load.ts';
import { board, withPreparedBoard } from '../prepared-board.ts';

withPreparedBoard();

const list = async (app: string) => board.call<{ variables: Variable[]; version: number; live: number | null }>('variables.list', { app, host: 'box' });
const page = async (url: string) => (await fetch(url, { headers: { connection: 'close' } })).text();
/** An app that answers with one variable. */
const speaking = {
  'app.py': 'import os\n\n\ndef app(environ, start_response):\n    start_response("200 OK", [])\n    return [os.environ.get("WORD", "none").encode()]\n',
  'requirements.txt': '',
};

/** The command line as a person or a script has it. */
async function forgeboard(args: string[], input = ''): Promise<{ code: number | null; out: string; errors: string }> {
  const child = spawn(join(root, 'node_modules/.bin/tsx'), [join(root, 'electron/cli.ts'), ...args], { env: { ...process.env, FORGEBOARD_HOME: board.home } });
  const told = { out: '', errors: '' };
  child.stdout.on('data', (part) => {
    told.out += part;
  });
  child.stderr.on('data', (part) => {
    told.errors += part;
  });
  child.stdin.end(input);
  return { code: await new Promise((resolve) => child.on('close', resolve)), ...told };
}

describe('variables', () => {
  it('are set, listed and removed by the command line, a secret only by standard input, while no request fails', async () => {
    const folder = await board.sample('words', speaking);
    const { url } = await board.deploy(folder, 'words');
    const load = startLoad(url);
    const set = await forgeboard(['variables', 'set', 'words', '--host', 'box', 'WORD=hello there', 'EMPTY=']);
    expect(set.errors).toContain('✓ variables');
    expect(set.out).toMatch(/^added {4}EMPTY WORD\nRelease 1 runs with version 1\. /);
    expect(await page(url)).toBe('hello there');

    const refused = await forgeboard(['variables', 'set', 'words', '--host', 'box', 'API_KEY=abc']);
    expect(refused).toMatchObject({ code: 2, errors: expect.stringContaining('Leave the value out: --secret API_KEY. If it is none: --plain.') });
    const secret = await forgeboard(['variables', 'set', 'words', '--host', 'box', '--secret', 'API_KEY'], 'line one\nline two\n');
    expect(secret).toMatchObject({ code: 0, out: expect.stringContaining('added    API_KEY') });
    expect(await forgeboard(['variables', 'set', 'words', '--host', 'box', '--secret', 'OTHER_KEY'])).toMatchObject({ code: 1, errors: expect.stringContaining('(needs-input)') });
    const listing = await forgeboard(['variables', 'list', 'words', '--host', 'box']);
    expect(listing.out).toMatch(/^name +value +version +since\nAPI_KEY +\(secret\) +2 /);
    expect(listing.out).toContain('Version 2 is live.');
    expect(await forgeboard(['variables', 'set', 'words', '--host', 'box', 'WORD=hello there'])).toMatchObject({ code: 0, out: 'All was so already: nothing was changed.\n' });
    expect((await forgeboard(['variables', 'unset', 'words', '--host', 'box', 'EMPTY', 'WORD'])).out).toContain('removed  EMPTY WORD');
    expect(await page(url)).toBe('none');
    expect(await load.stop()).toMatchObject({ failed: 0 });
    expect((await forgeboard(['variables', 'history', 'words', '--host', 'box'])).out).toMatch(/^version +at +actor +added +changed +removed +restored\n3 live/);
    expect(await board.failing('variables.unset', { app: 'words', host: 'box', names: ['NEVER'] })).toMatchObject({ problem: 'not-found', field: 'names' });
    expect(await board.failing('variables.set', { app: 'words', host: 'box', values: ['PATH=/tmp'] })).toMatchObject({
      problem: 'invalid',
      message: 'PATH is set by ForgeBoard itself',
    });
    expect(await board.failing('variables.set', { app: 'words', host: 'box', values: ['WORD'] })).toMatchObject({ problem: 'invalid', field: 'values.0' });
    expect(await board.failing('variables.list', { app: 'elsewhere', host: 'box' })).toMatchObject({ problem: 'not-found', field: 'app' });
  });

  it('come from a .env file: secrets by their names, a bad line by its number with nothing changed', async () => {
    const file = join(board.home, 'bad.env');
    await writeFile(file, 'A=1\nthis is wrong\n');
    expect(await forgeboard(['variables', 'import', 'fresh', file, '--host', 'box'])).toMatchObject({
      code: 2,
      errors: expect.stringContaining('line 2: there is no NAME=value here'),
    });
    expect(await board.failing('variables.list', { app: 'fresh', host: 'box' })).toMatchObject({ problem: 'not-found' });
    await writeFile(file, '\ufeffexport WORD="two\\nlines"\r\nDB_PASSWORD=\'p $w\'\r\nPORT=5000\r\nWORD=last # wins\r\n');
    const { out, errors } = await forgeboard(['variables', 'import', 'fresh', file, '--host', 'box']);
    expect(errors).toContain('Left out, line 3: PORT: PORT is set by ForgeBoard itself');
    expect(errors).toContain('WORD stands in lines 1, 4: the last one counts');
    expect(out).toContain('Version 1 is stored: fresh does not run, and starts with it.');
    expect((await list('fresh')).variables).toMatchObject([
      { name: 'DB_PASSWORD', secret: true, value: null },
      { name: 'WORD', secret: false, value: 'last', version: 1 },
    ]);
    const { url } = await board.deploy(await board.sample('fresh', speaking), 'fresh');
    expect(await page(url)).toBe('last');
    expect(await board.failing('variables.import', { app: 'fresh', host: 'box', file: '/etc/passwd' })).toMatchObject({ problem: 'not-found', field: 'folder' });
  });

  it('are changed together from the window, against the version that it saw', async () => {
    await board.deploy(await board.sample('grid', speaking), 'grid');
    const set = (input: object) => ({ app: 'grid', host: 'box', ...input });
    const done = await board.call<VariablesResult>(
      'variables.set',
      set({
        version: 0,
        set: [
          { name: 'WORD', value: 'a', secret: false },
          { name: 'PIN', value: '1234', secret: true },
        ],
      }),
    );
    expect(done).toMatchObject({ outcome: 'live', version: 1, added: ['PIN', 'WORD'], release: 1, deployment: 2 });
    expect(await board.failing('variables.set', set({ version: 0, set: [{ name: 'WORD', value: 'b' }] }))).toMatchObject({ problem: 'conflict' });
    expect(await board.failing('variables.set', set({ version: 1, set: [{ name: 'PIN', value: null, secret: false }] }))).toMatchObject({ problem: 'invalid', field: 'PIN' });
    await board.call(
      'variables.set',
      set({
        version: 1,
        set: [
          { name: 'WORD', value: null, secret: true },
          { name: 'LOOK', value: 'a\u001bb' },
        ],
        unset: ['PIN'],
      }),
    );
    expect(await list('grid')).toMatchObject({
      version: 2,
      live: 2,
      variables: [
        { name: 'LOOK', marked: true, secret: false },
        { name: 'WORD', secret: true, value: null, marked: false },
      ],
    });
  });
});
