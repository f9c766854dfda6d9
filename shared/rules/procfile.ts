import { Failure } from '../errors.ts';
import type { AppSettings } from './app-settings.ts';
import { commandRule, commandWords } from './command.ts';
import { processNameRule } from './app-settings.ts';

const target = /^[A-Za-z_][\w.]*:[A-Za-z_][\w.]*(\(\))?$/;

/**
 * Settings that a Procfile stands for. A web process that is gunicorn or uvicorn with module:object and nothing that binds
 * elsewhere is served as wsgi or asgi, on a Unix socket; any other one as a command on $PORT. `release` runs before the
 * start, as on the platforms that this file comes from. @throws Failure config-invalid, naming the line
 */
export function procfileSettings(text: string): AppSettings {
  const settings: AppSettings = {};
  const processes: Record<string, string> = {};
  for (const [index, raw] of text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const [, name, command] = /^([A-Za-z0-9_-]+)\s*:\s*(.*)$/.exec(line) ?? [];
    const wrong = name === undefined || command === undefined ? 'it is not of the form name: command' : commandRule(command);
    if (wrong !== null) throw new Failure('config-invalid', `Procfile:${index + 1}: ${wrong}`, { field: 'folder' });
    if (name === 'web') Object.assign(settings, webSettings(command as string));
    else if (name === 'release') settings.before = [command as string];
    else {
      const unit = (name as string).toLowerCase().replaceAll('_', '-');
      const misnamed = processNameRule(unit);
      if (misnamed !== null) throw new Failure('config-invalid', `Procfile:${index + 1}: ${misnamed}`, { field: 'folder' });
      processes[unit] = command as string;
    }
  }
  if (Object.keys(processes).length > 0) settings.processes = processes;
  if (settings.type === undefined && settings.processes !== undefined) settings.type = 'worker';
  return settings;
}

function webSettings(command: string): AppSettings {
  const words = commandWords(command);
  const entrypoint = words.find((word) => target.test(word));
  const workers = /(?:--workers[ =]|-w ?)(\d{1,2})(?:\s|$)/.exec(command)?.[1];
  const more = workers === undefined ? {} : { workers: Number(workers) };
  if (entrypoint !== undefined && words[0] === 'gunicorn') {
    const type = /uvicorn[\w.]*worker/i.test(command) ? 'asgi' : 'wsgi';
    // Other options of the server (worker class, threads, timeout) would be lost: then it runs as it is written.
    if (onlyKnown(words.slice(1), entrypoint)) return { type, entry_point: entrypoint, ...more };
  }
  if (entrypoint !== undefined && words[0] === 'uvicorn' && onlyKnown(words.slice(1), entrypoint)) return { type: 'asgi', entry_point: entrypoint, ...more };
  return { type: 'command', command };
}

const passed = /^(--bind|-b|--workers|-w|--host|--port|-k|--worker-class|--log-file|--access-logfile|--proxy-headers|--forwarded-allow-ips)(=.*)?$/;

function onlyKnown(words: readonly string[], entrypoint: string): boolean {
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] as string;
    if (word === entrypoint || /^-w\d+$/.test(word)) continue;
    const known = passed.exec(word);
    if (known === null) return false;
    const worker = /^(-k|--worker-class)/.test(word) ? (known[2] ?? words[at + 1] ?? '') : '';
    if (worker !== '' && !/uvicorn/i.test(worker) && !/^=?sync$/.test(worker)) return false;
    if (known[2] === undefined && word !== '--proxy-headers') at += 1;
  }
  return true;
}
