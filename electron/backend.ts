import { hostname, userInfo } from 'node:os';
import type { FromBackendProcess, ToBackendProcess } from './desktop/messages.ts';
import { serveTerminal } from './doors/ipc/terminal.ts';
import { type Port, serveControl } from './doors/ipc.ts';
import { forge } from './forge.ts';
import { watchAddresses } from './ssh/network.ts';
import { homeFolder } from './store/home.ts';
import { openKeychain } from './store/keychain.ts';
import { openLog } from './store/log.ts';

/** Electron's utility process: a pipe to main that also brings ports. Not imported from Electron, which has no types for it here. */
interface ParentPort {
  on(event: 'message', listener: (message: { data: ToBackendProcess; ports: Port[] }) => void): void;
  postMessage(message: FromBackendProcess): void;
}
const main = (process as unknown as { parentPort: ParentPort }).parentPort;

const home = homeFolder(process.env, process.platform);
const log = openLog(home);

// A process in an unknown state is worse than a new one: it says why and ends, and main starts another.
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) => {
    log(`backend, ${event}: ${error instanceof Error ? error.stack : String(error)}`);
    process.exit(1);
  });
}

const usual = homeFolder({ ...process.env, FORGEBOARD_HOME: '' }, process.platform);
const opened = forge({
  home,
  log,
  // A second home folder does not share its secrets with the first.
  keychain: openKeychain({ service: home === usual ? 'ForgeBoard' : `ForgeBoard (${home})`, log }),
  onLooks: ({ theme }) => main.postMessage({ type: 'appearance', theme }),
});
const door = { dispatch: opened.dispatch, actor: { name: `${userInfo().username}@${hostname()}`, role: 'admin' } as const, log };

watchAddresses(() => opened.wake());

main.on('message', ({ data, ports }) => {
  const [port] = ports;
  switch (data.type) {
    case 'port':
      if (port === undefined) return;
      if (data.kind === 'control') serveControl(port, door);
      else serveTerminal(port, opened.terminal(data.ticket));
      return;
    case 'folder':
      return opened.nameFolder(data.handle, data.path);
    case 'wake':
      return opened.wake();
  }
});
main.postMessage({ type: 'ready' });
