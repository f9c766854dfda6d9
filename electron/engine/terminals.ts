import { randomBytes } from 'node:crypto';
import type { Host } from '../../shared/contract/hosts.ts';
import type { Asker, Kits } from '../hostkit/kits.ts';
import type { Channel } from '../ssh/channel.ts';
import type { Shell } from '../ssh/shell.ts';
import type { OpenSessionLog } from '../store/session-logs.ts';
import { appShell, asked, entered } from './app-shell.ts';
import { type RecordedShell, recorded } from './recording.ts';

/** How long an opened terminal waits for its window. */
const patience = 30_000;

/** What a login may print before its shell; with more than this it is shown as it is. */
const mostGreeting = 16_384;

export interface Wanted {
  /** In its folder; in the home folder without. */
  app?: string | undefined;
  /** As the app's user, with its variables and packages. */
  environment?: boolean | undefined;
  columns: number;
  rows: number;
  /** As soon as the host is reached, however long that takes. */
  wait?: boolean | undefined;
  /** In a file, from its first byte. */
  record?: boolean | undefined;
}

/** Terminals that were opened and wait for a port of the window. */
export interface Terminals {
  /** @returns the ticket that stands for it, good once and for half a minute */
  open(host: Host, wanted: Wanted, asker: Asker): Promise<string>;
  /** The same for what is a shell already. */
  hold(shell: Shell, of: { host: string; app: string | null }): string;
  take(ticket: string): RecordedShell | undefined;
  /** Runs a command that somebody typed, on a terminal where a size is given. */
  run(host: Host, command: string, size: { columns: number; rows: number } | undefined, asker: Asker): Promise<string>;
  takeCommand(ticket: string): Channel | undefined;
}

export function createTerminals(kits: Kits, openLog: OpenSessionLog): Terminals {
  const waiting = new Map<string, { opened: { shell: RecordedShell } | { channel: Channel }; timer: NodeJS.Timeout }>();
  const ticketFor = (opened: { shell: RecordedShell } | { channel: Channel }): string => {
    const ticket = randomBytes(16).toString('hex');
    const timer = setTimeout(() => {
      waiting.delete(ticket);
      ('shell' in opened ? opened.shell : opened.channel).close();
    }, patience);
    waiting.set(ticket, { opened, timer });
    return ticket;
  };
  const taken = (ticket: string) => {
    const found = waiting.get(ticket);
    waiting.delete(ticket);
    clearTimeout(found?.timer);
    return found?.opened;
  };
  return {
    async open(host, { app, environment, columns, rows, wait, record }, asker) {
      const login = await kits.shell(host, asker, { columns, rows, command: app === undefined ? undefined : appShell }, wait);
      const wanted = `/srv/forgeboard/${app}\n${environment === true ? 'environment' : ''}\n`;
      const shell = recorded(app === undefined ? login : await enter(login, wanted, asker.signal), { host: host.name, app: app ?? null }, openLog);
      if (record === true) await shell.record(true);
      return ticketFor({ shell });
    },
    async run(host, command, size, asker) {
      if (size === undefined) return ticketFor({ channel: await kits.exec(host, asker, command) });
      return ticketFor({ shell: recorded(await kits.shell(host, asker, { ...size, command }), { host: host.name, app: null }, openLog) });
    },
    hold: (shell, of) => ticketFor({ shell: recorded(shell, of, openLog) }),
    take(ticket) {
      const opened = taken(ticket);
      return opened !== undefined && 'shell' in opened ? opened.shell : undefined;
    },
    takeCommand(ticket) {
      const opened = taken(ticket);
      return opened !== undefined && 'channel' in opened ? opened.channel : undefined;
    },
  };
}

/** Says the folder and the wish when they are asked for, and waits until its shell starts; what comes after that is the terminal's. */
function enter(shell: Shell, wanted: string, signal: AbortSignal): Promise<Shell> {
  return new Promise((resolve) => {
    let heard = '';
    let state: 'greeting' | 'entering' | 'open' = 'greeting';
    let listener: ((bytes: Buffer) => void) | undefined;
    let early: Buffer[] = [];
    const stop = (): void => shell.close();
    signal.addEventListener('abort', stop, { once: true });
    const open = (): void => {
      if (state === 'open') return;
      state = 'open';
      signal.removeEventListener('abort', stop);
      if (heard !== '') early.push(Buffer.from(heard, 'latin1'));
      resolve({
        ...shell,
        onOutput(given) {
          listener = given;
          for (const bytes of early) given(bytes);
          early = [];
        },
      });
    };
    /** Takes a marker out of what was heard; false while it has not come. */
    const passed = (marker: string): boolean => {
      const at = heard.indexOf(marker);
      if (at >= 0) heard = state === 'greeting' ? heard.slice(at + marker.length) : heard.replace(marker, '');
      return at >= 0;
    };
    shell.onOutput((bytes) => {
      if (listener !== undefined) return listener(bytes);
      if (state === 'open') return void early.push(bytes);
      heard += bytes.toString('latin1');
      if (state === 'greeting' && passed(asked)) {
        shell.write(wanted);
        state = 'entering';
      }
      if ((state === 'entering' && passed(entered)) || heard.length > mostGreeting) open();
    });
    // A shell that ends before it asked (no sh, no terminal) shows what it said.
    void shell.ended.then(open);
  });
}
