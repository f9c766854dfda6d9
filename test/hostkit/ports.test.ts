import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';

/** A socket that listens and that no process holds: it lies in a pair of sockets until `seconds` have gone. */
const script = `
import json, socket, sys, threading
from forgekit import ports
one = socket.create_server(("127.0.0.1", 0))
port = one.getsockname()[1]
here, there = socket.socketpair()
socket.send_fds(here, [b"x"], [one.fileno()])
one.close()
def leave():
    here.close()
    there.close()
threading.Timer(float(sys.argv[1]), leave).start()
print(json.dumps(ports.holder(port)))
leave()
`;
const holder = (seconds: string) =>
  JSON.parse(execFileSync('python3', ['-B', '-c', script, seconds], { cwd: new URL('../../electron/hostkit/', import.meta.url).pathname, encoding: 'utf8' })) as unknown;

it.skipIf(process.platform !== 'linux')('takes a port for free that is just given up, as nginx gives one up at a reload, and for taken where it stays so', () => {
  expect(holder('0.1')).toBeNull();
  expect(holder('3')).toMatchObject({ pid: 0, process: '' });
});
