import { randomBytes } from 'node:crypto';
import type { Host } from '../../shared/contract/hosts.ts';
import type { Asker, Kits } from '../hostkit/kits.ts';
import type { Shell } from '../ssh/shell.ts';

/** How long an opened terminal waits for its window. */
const patience = 30_000;

/**
 * Run instead of a login shell where an app's folder is wanted. Constant, as all commands are: the folder comes as a line
 * of input after the marker, so no name is ever in a shell's text. Root's folders are entered by sudo where it needs no password.
 */
const inFolder = [
  "/bin/sh -c 'stty -echo",
  String.raw`printf "\001forgeboard\002"`,
  'IFS= read -r folder',
  'stty echo',
  '[ -d "$folder/data" ] && folder="$folder/data"',
  'if [ "$(id -u)" = 0 ]; then cd "$folder" 2>/dev/null || echo "There is no $folder on this server."; exec "$SHELL" -l; fi',
  'if sudo -n true 2>/dev/null; then exec sudo -n /bin/sh -c "cd \\"\\$0\\" 2>/dev/null; [ -d data ] && cd data; exec /bin/bash -l" "$folder"; fi',
  'echo "$folder belongs to root, and sudo wants a password here: sudo -i"',
  `exec "$SHELL" -l'`,
].join('; ');
const marker = '\u0001forgeboard\u0002';

/** Terminals that were opened and wait for a port of the window. */
export interface Terminals {
  /** @returns the ticket that stands for it, good once and for half a minute */
  open(host: Host, folder: string | undefined, size: { columns: number; rows: number }, asker: Asker): Promise<string>;
  take(ticket: string): Shell | undefined;
}

export function createTerminals(kits: Kits): Terminals {
  const waiting = new Map<string, { shell: Shell; timer: NodeJS.Timeout }>();
  return {
    async open(host, folder, size, asker) {
      const shell = folder === undefined ? await kits.shell(host, asker, size) : await enter(await kits.shell(host, asker, { ...size, command: inFolder }), folder);
      const ticket = randomBytes(16).toString('hex');
      const timer = setTimeout(() => {
        waiting.delete(ticket);
        shell.close();
      }, patience);
      waiting.set(ticket, { shell, timer });
      return ticket;
    },
    take(ticket) {
      const found = waiting.get(ticket);
      if (found === undefined) return undefined;
      waiting.delete(ticket);
      clearTimeout(found.timer);
      return found.shell;
    },
  };
}

/** Says the folder when it is asked for; what comes after that is the terminal's. */
function enter(shell: Shell, folder: string): Promise<Shell> {
  return new Promise((resolve) => {
    let heard = '';
    let listener: ((bytes: Buffer) => void) | undefined;
    let early: Buffer[] = [];
    let entered = false;
    const done = (rest: string): void => {
      entered = true;
      if (rest !== '') early.push(Buffer.from(rest, 'latin1'));
      resolve({
        ...shell,
        onOutput(given) {
          listener = given;
          for (const bytes of early) given(bytes);
          early = [];
        },
      });
    };
    shell.onOutput((bytes) => {
      if (listener !== undefined) return listener(bytes);
      if (entered) return void early.push(bytes);
      heard += bytes.toString('latin1');
      const at = heard.indexOf(marker);
      if (at >= 0) {
        shell.write(`${folder}\n`);
        done(heard.slice(at + marker.length));
      } else if (heard.length > 16_384) done(heard);
    });
    // A shell that ends before it asked (no sh, no terminal) shows what it said.
    void shell.ended.then(() => (entered ? undefined : done(heard)));
  });
}
