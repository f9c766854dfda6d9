import { spawn } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../build/run.ts';
import type { Desktop } from '../e2e/desktop.ts';
import { cpuMs } from './memory.ts';

/*
 * A bare xterm.js page in the same Electron: nothing around it, no server, fed from memory. It draws in the DOM with the font, the
 * size and the scrollback of ours, and keeps as much under way.
 */
const main = `const { app, BrowserWindow } = require('electron');
app.setPath('userData', process.env.HOME + '/bare-xterm');
app.whenReady().then(() => {
  const window = new BrowserWindow({ width: 1280, height: 800, webPreferences: { nodeIntegration: true, contextIsolation: false, sandbox: false } });
  window.webContents.on('console-message', (_event, _level, text) => console.log(text));
  window.loadFile(__dirname + '/index.html');
});`;

const page = `<!doctype html><link rel="stylesheet" href="xterm.css"><div id="at" style="height:750px"></div><script>
const { Terminal } = require('./xterm.js');
const [columns, rows, times, file] = JSON.parse(require('node:fs').readFileSync(__dirname + '/wanted.json', 'utf8'));
const terminal = new Terminal({ cols: columns, rows, scrollback: 5000, fontFamily: "'JetBrains Mono', monospace", fontSize: 12.5, lineHeight: 1.15, logLevel: 'off' });
terminal.open(document.getElementById('at'));
const bytes = new Uint8Array(require('node:fs').readFileSync(file));
const part = 64 * 1024;
let sent = 0;
let drawn = 0;
const total = bytes.length * times;
let began = 0;
const feed = () => {
  while (sent < total && sent - drawn < 512 * 1024) {
    const from = sent % bytes.length;
    const piece = bytes.subarray(from, Math.min(from + part, bytes.length));
    sent += piece.length;
    terminal.write(piece, () => { drawn += piece.length; if (drawn === total) requestAnimationFrame(() => console.log('DRAWN ' + (performance.now() - began))); else feed(); });
  }
};
setTimeout(() => { console.log('FEED'); setTimeout(() => { began = performance.now(); feed(); }, 200); }, 500);
</script>`;

/** Milliseconds until all of it, `times` over, was drawn, and those of the processor that the page used for it. */
export async function bareXterm(
  executable: string,
  desktop: Pick<Desktop, 'env'>,
  user: { uid: number; gid: number },
  wanted: { columns: number; rows: number; times: number; file: string },
): Promise<{ ms: number; cpu: number }> {
  const folder = mkdtempSync('/tmp/forgeboard-bench-xterm-');
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, 'package.json'), '{ "name": "bare-xterm", "version": "0.0.0", "main": "main.js" }');
  writeFileSync(join(folder, 'main.js'), main);
  writeFileSync(join(folder, 'index.html'), page);
  writeFileSync(join(folder, 'wanted.json'), JSON.stringify([wanted.columns, wanted.rows, wanted.times, wanted.file]));
  copyFileSync(join(root, 'node_modules/@xterm/xterm/lib/xterm.js'), join(folder, 'xterm.js'));
  copyFileSync(join(root, 'node_modules/@xterm/xterm/css/xterm.css'), join(folder, 'xterm.css'));
  try {
    return await new Promise((resolve, reject) => {
      const child = spawn('setpriv', [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', '--', executable, folder], {
        env: desktop.env,
        cwd: '/',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      let said = '';
      let ms: number | undefined;
      let before: number | undefined;
      let cpu = 0;
      const timer = setTimeout(() => child.kill(), 400_000);
      child.stdout.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (said.includes('FEED')) before ??= cpuMs(child.pid ?? 0, 'renderer');
        const found = /DRAWN ([\d.]+)/.exec(said);
        if (found === null) return;
        ms = Number(found[1]);
        cpu = cpuMs(child.pid ?? 0, 'renderer') - (before ?? 0);
        child.kill();
      });
      child.on('exit', () => {
        clearTimeout(timer);
        if (ms === undefined) reject(new Error(`the bare page ended: ${said.slice(-500)}`));
        else resolve({ ms, cpu });
      });
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
