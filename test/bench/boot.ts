import type { TestHost } from '../hosts/host.ts';

/** Starts a unit and asks its socket until it answers; prints the milliseconds from the one to the other. */
const script = `
import socket, subprocess, sys, time
unit, path = sys.argv[1:]
began = time.monotonic()
asked = subprocess.Popen(["systemctl", "start", "--no-block", unit])
while True:
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.settimeout(30)
            one.connect(path)
            one.sendall(b"GET / HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n")
            if one.recv(64).split(b" ")[1] == b"200":
                break
    except (OSError, IndexError):
        pass
    if time.monotonic() - began > 30:
        sys.exit("it never answered")
    time.sleep(0.002)
print((time.monotonic() - began) * 1000)
asked.wait()
`;

/** The slot that does not serve, and its unit. */
export async function idle(host: TestHost, app: string): Promise<[slot: string, unit: string]> {
  const live = (await host.run(['readlink', `/srv/forgeboard/${app}/live`])).stdout.trim().slice(-1);
  const slot = live === 'a' ? 'b' : 'a';
  return [slot, `forgeboard-${app}.web@${slot}.service`];
}

/**
 * The floor: the app's own unit, user, sandbox and release in the slot that does not serve, from systemctl start to its
 * first answer on its socket. Nothing is uploaded, built, checked or switched.
 */
export async function bareBoot(host: TestHost, app: string): Promise<number> {
  // Until its watch is over the slot still runs.
  await host.run(['flock', `/var/lib/forgeboard/locks/${app}.drain`, 'true']);
  const [slot, unit] = await idle(host, app);
  const { stdout } = await host.run(['python3', '-c', script, unit, `/run/forgeboard/${app}/${slot}/app.sock`]);
  await host.run(['systemctl', 'stop', unit]);
  return Number(stdout);
}
