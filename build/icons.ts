import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { _electron } from 'playwright-core';
import { electronDist } from './electron-dist.ts';
import { root } from './run.ts';

/*
 * Draws assets/icons/icon.svg in every size and form that packages want. The pictures are kept in the repository, since nobody
 * should need a display to make a package: run this when the drawing changes (it draws with the Electron of the tests).
 */
const folder = join(root, 'assets/icons');
const sizes = [16, 24, 32, 48, 64, 128, 256, 512, 1024];

async function draw(): Promise<Map<number, Buffer>> {
  const svg = readFileSync(join(folder, 'icon.svg'), 'utf8');
  const place = mkdtempSync(join(tmpdir(), 'forgeboard-icons-'));
  writeFileSync(join(place, 'package.json'), '{ "name": "icons", "version": "0.0.0", "main": "main.js" }');
  writeFileSync(
    join(place, 'main.js'),
    "const { app, BrowserWindow } = require('electron'); app.whenReady().then(() => new BrowserWindow({ show: false }).loadURL('about:blank'));",
  );
  const app = await _electron.launch({ executablePath: await electronDist(), args: [place, '--no-sandbox'], env: process.env as Record<string, string> });
  try {
    const page = await app.firstWindow();
    const pictures = new Map<number, Buffer>();
    for (const size of sizes) {
      const url = (await page.evaluate(`new Promise((done, fail) => {
        const image = new Image(${size}, ${size});
        image.onload = () => {
          const canvas = document.createElement('canvas');
          canvas.width = canvas.height = ${size};
          canvas.getContext('2d').drawImage(image, 0, 0, ${size}, ${size});
          done(canvas.toDataURL('image/png'));
        };
        image.onerror = fail;
        image.src = 'data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}';
      })`)) as string;
      pictures.set(size, Buffer.from(url.split(',')[1] ?? '', 'base64'));
    }
    return pictures;
  } finally {
    await app.close();
    rmSync(place, { recursive: true, force: true });
  }
}

/** Windows: a directory of pictures, each as PNG (Vista and newer). */
function ico(pictures: Map<number, Buffer>): Buffer {
  const chosen = [16, 24, 32, 48, 64, 128, 256].map((size) => ({ size, png: pictures.get(size)! }));
  const head = Buffer.alloc(6 + 16 * chosen.length);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(chosen.length, 4);
  let offset = head.length;
  for (const [index, { size, png }] of chosen.entries()) {
    const at = 6 + 16 * index;
    head.writeUInt8(size % 256, at);
    head.writeUInt8(size % 256, at + 1);
    head.writeUInt16LE(1, at + 4);
    head.writeUInt16LE(32, at + 6);
    head.writeUInt32LE(png.length, at + 8);
    head.writeUInt32LE(offset, at + 12);
    offset += png.length;
  }
  return Buffer.concat([head, ...chosen.map(({ png }) => png)]);
}

/** macOS: named chunks, each a PNG. */
function icns(pictures: Map<number, Buffer>): Buffer {
  const kinds: [string, number][] = [
    ['icp4', 16],
    ['icp5', 32],
    ['ic07', 128],
    ['ic08', 256],
    ['ic09', 512],
    ['ic10', 1024],
  ];
  const chunks = kinds.map(([kind, size]) => {
    const png = pictures.get(size)!;
    const head = Buffer.alloc(8, kind, 'latin1');
    head.writeUInt32BE(png.length + 8, 4);
    return Buffer.concat([head, png]);
  });
  const body = Buffer.concat(chunks);
  const head = Buffer.alloc(8, 'icns', 'latin1');
  head.writeUInt32BE(body.length + 8, 4);
  return Buffer.concat([head, body]);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const pictures = await draw();
  mkdirSync(join(folder, 'linux'), { recursive: true });
  for (const size of [16, 32, 48, 64, 128, 256, 512]) writeFileSync(join(folder, `linux/${size}x${size}.png`), pictures.get(size)!);
  writeFileSync(join(folder, 'icon.ico'), ico(pictures));
  writeFileSync(join(folder, 'icon.icns'), icns(pictures));
}
