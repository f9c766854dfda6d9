import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Desktop, newHome, openDesktop } from '../e2e/desktop.ts';
import { builtApp } from '../e2e/harness.ts';
import { figure, print } from './figures.ts';
import { pss } from './memory.ts';

/**
 * How long until the first page can be used, beside a bare Electron window on the same machine in the same minutes: a bare
 * window, ours, a bare one, ours ... Both run as an ordinary user with the sandbox. Usable: the bare page's script ran; ours drew
 * its first screen from a reply of the backend. Memory is PSS, which counts pages that processes share once.
 */
const bareMain = `const { app, BrowserWindow } = require('electron');
app.setPath('userData', process.env.HOME + '/bare');
app.whenReady().then(() => {
  const window = new BrowserWindow({ width: 1280, height: 800, show: false, webPreferences: { sandbox: true } });
  window.once('ready-to-show', () => window.show());
  window.loadFile(__dirname + '/index.html').then(() => window.webContents.executeJavaScript('new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)))')).then(() => console.log('USABLE'));
});`;

/** Reported by ours from outside its code: main is loaded by this, which then watches the page. */
const watchedMain = `const { app } = require('electron');
app.on('browser-window-created', (_event, window) => {
  const ask = "Boolean(document.querySelector('h1, h2, nav')) && document.body.innerText.trim().length > 20";
  const look = () => window.webContents.executeJavaScript("new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(" + ask + "), 0)))").then((usable) => usable ? console.log('USABLE') : setTimeout(look, 5), () => setTimeout(look, 5));
  window.webContents.once('dom-ready', look);
});
require('./out/main.cjs');`;

interface Started {
  usableMs: number;
  pssMb: number;
}

export async function benchStart({ rounds }: { rounds: number }): Promise<void> {
  const { folder, executable } = await builtApp();
  const bare = mkdtempSync('/tmp/forgeboard-bench-bare-');
  chmodSync(bare, 0o755);
  writeFileSync(join(bare, 'package.json'), '{ "name": "bare", "version": "0.0.0", "main": "main.js" }');
  writeFileSync(join(bare, 'main.js'), bareMain);
  writeFileSync(join(bare, 'index.html'), '<!doctype html><title>bare</title><h1>bare</h1>');
  writeFileSync(join(folder, 'watched.cjs'), watchedMain);
  const about = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>;
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...about, main: 'watched.cjs' }));
  const home = await newHome();
  const desktop = await openDesktop(home, { keyring: true });
  const results: Record<'bare' | 'ours', Started[]> = { bare: [], ours: [] };
  try {
    // The first start of each fills caches and is not counted.
    for (let round = -1; round < rounds; round++) {
      for (const [name, place] of [
        ['bare', bare],
        ['ours', folder],
      ] as const) {
        const started = await start(executable, place, desktop, home.user);
        if (round >= 0) results[name].push(started);
      }
    }
  } finally {
    await desktop.close();
    home.remove();
    rmSync(bare, { recursive: true, force: true });
  }
  const rows = {
    'a bare window, usable': figure(results.bare.map(({ usableMs }) => usableMs)),
    'ForgeBoard, usable': figure(results.ours.map(({ usableMs }) => usableMs)),
  };
  const moreMs = Math.round(rows['ForgeBoard, usable'].median - rows['a bare window, usable'].median);
  const memory = { barePssMb: figure(results.bare.map(({ pssMb }) => pssMb)).median, oursPssMb: figure(results.ours.map(({ pssMb }) => pssMb)).median };
  const first = bundleSizes(folder);
  const notes = [
    'From the start of the process to a page that can be used; an ordinary user, the sandbox on, one start of each uncounted first.',
    `ForgeBoard takes ${moreMs} ms more (to hold: 300).`,
    `Memory, PSS of all processes: bare ${memory.barePssMb} MB, ForgeBoard ${memory.oursPssMb} MB.`,
    `The first page loads ${first.script} KB of script (to hold: 200) and ${first.style} KB of style, gzipped.`,
  ];
  print('Start, interleaved with a bare Electron window', notes, rows, { moreMs, memory, firstBundleKb: first });
}

function start(executable: string, place: string, desktop: Desktop, user: { uid: number; gid: number }): Promise<Started> {
  return new Promise((resolve, reject) => {
    const from = performance.now();
    const child = spawn('setpriv', [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', '--', executable, place], {
      env: desktop.env,
      cwd: '/',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let said = '';
    const timer = setTimeout(() => child.kill('SIGKILL'), 30_000);
    let started: Started | undefined;
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (started !== undefined || !said.includes('USABLE')) return;
      started = { usableMs: Math.round(performance.now() - from), pssMb: 0 };
      // Memory once it has settled, not while it still loads.
      setTimeout(() => {
        if (started !== undefined) started.pssMb = pss(child.pid ?? 0);
        child.kill();
      }, 1_500);
    });
    child.on('exit', () => {
      clearTimeout(timer);
      if (started === undefined) reject(new Error(`it ended before it could be used: ${said.slice(-500)}`));
      else resolve(started);
    });
  });
}

/** What the page loads before anything is clicked: what index.html names, gzipped. */
function bundleSizes(folder: string): { script: number; style: number } {
  const html = readFileSync(join(folder, 'out/renderer/index.html'), 'utf8');
  const size = (pattern: RegExp) =>
    Math.round([...html.matchAll(pattern)].reduce((sum, [, path = '']) => sum + gzipSync(readFileSync(join(folder, 'out/renderer', path))).length, 0) / 100) / 10;
  return { script: size(/(?:src|href)="\.\/([^"]+\.js)"/g), style: size(/href="\.\/([^"]+\.css)"/g) };
}
