import { randomBytes } from 'node:crypto';
import type { Host } from '../../shared/contract/hosts.ts';
import type { Asker, Kits } from '../hostkit/kits.ts';
import type { Channel } from '../ssh/channel.ts';
import type { Shell } from '../ssh/shell.ts';

/** How long an opened terminal waits for its window. */
const patience = 30_000;

/**
 * Run instead of a login shell where an app's folder is wanted. Constant, as all commands are: the folder comes as a line
 * of input after the first marker, so no name is ever in a shell's text. Root's folders are entered by sudo where it needs no
 * password. The second marker comes when only the shell is still to start: what is typed before it would be sudo's to lose.
 */
const inFolder = [
  "/bin/sh -c 'stty -echo",
  String.raw`printf "\001forgeboard\002"`,
  'IFS= read -r folder',
  'stty echo',
  '[ -d "$folder/data" ] && folder="$folder/data"',
  String.raw`entered() { printf "\001entered\002"; }`,
  'if [ "$(id -u)" = 0 ]; then entered; cd "$folder" 2>/dev/null || echo "There is no $folder on this server."; exec "$SHELL" -l; fi',
  String.raw`if sudo -n /bin/sh -c : 2>/dev/null; then exec sudo -n /bin/sh -c "printf \"\\001entered\\002\"; cd \"\$0\" 2>/dev/null; [ -d data ] && cd data; exec /bin/bash -l" "$folder"; fi`,
  'entered',
  'echo "$folder belongs to root, and sudo wants a password here: sudo -i"',
  `exec "$SHELL" -l'`,
].join('; ');
const asked = '\u0001forgeboard\u0002';
const entered = '\u0001entered\u0002';
/** What a login may print before its shell; with more than this it is shown as it is. */
const mostGreeting = 16_384;

export interface Wanted {
  /** Where it starts; in the home folder without. */
  folder?: string | undefined;
  columns: number;
  rows: number;
  /** As soon as the host is reached, however long that takes. */
  wait?: boolean | undefined;
}

/** Terminals that were opened and wait for a port of the window. */
export interface Terminals {
  /** @returns the ticket that stands for it, good once and for half a minute */
  open(host: Host, wanted: Wanted, asker: Asker): Promise<string>;
  take(ticket: string): Shell | undefined;
  /** Runs a command that somebody typed, on a terminal where a size is given. */
  run(host: Host, command: string, size: { columns: number; rows: number } | undefined, asker: Asker): Promise<string>;
  takeCommand(ticket: string): Channel | undefined;
}

export function createTerminals(kits: Kits): Terminals {
  const waiting = new Map<string, { opened: { shell: Shell } | { channel: Channel }; timer: NodeJS.Timeout }>();
  const ticketFor = (opened: { shell: Shell } | { channel: Channel }): string => {
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
    async open(host, { folder, columns, rows, wait }, asker) {
      const shell = await kits.shell(host, asker, { columns, rows, command: folder === undefined ? undefined : inFolder }, wait);
      return ticketFor({ shell: folder === undefined ? shell : await enter(shell, folder, asker.signal) });
    },
    async run(host, command, size, asker) {
      return ticketFor(size === undefined ? { channel: await kits.exec(host, asker, command) } : { shell: await kits.shell(host, asker, { ...size, command }) });
    },
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

/** Says the folder when it is asked for, and waits until its shell starts; what comes after that is the terminal's. */
function enter(shell: Shell, folder: string, signal: AbortSignal): Promise<Shell> {
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
        shell.write(`${folder}\n`);
        state = 'entering';
      }
      if ((state === 'entering' && passed(entered)) || heard.length > mostGreeting) open();
    });
    // A shell that ends before it asked (no sh, no terminal) shows what it said.
    void shell.ended.then(open);
  });
}
