import type { Limits } from './limits.ts';
import type { Wire } from './wire.ts';

const looks = 5;

/**
 * Notices a dead link that TCP still believes in. ssh2's keepalive asks for an answer every 10 s, so a live link is never
 * silent for long; after `silenceMs` without a byte it is dead. Silence is counted in looks, not by the clock: a laptop
 * that slept has missed none, and gets a quick probe instead.
 */
export function watch(socket: Wire, limits: Limits, events: { dead: () => void; woke: () => void }): () => void {
  const every = limits.silenceMs / looks;
  let silent = 0;
  let received = socket.bytesRead;
  let left = 0;
  let at = Date.now();
  const timer = setInterval(() => {
    const now = Date.now();
    const slept = now - at > 3 * every;
    at = now;
    // A slow upload is life too: the kernel takes from a long backlog only what the other end has acknowledged.
    const uploading = socket.writableLength > 64 * 1024 && socket.bytesWritten - socket.writableLength > left;
    left = socket.bytesWritten - socket.writableLength;
    if (socket.bytesRead !== received || uploading) silent = 0;
    else if (!slept) silent++;
    received = socket.bytesRead;
    if (slept) events.woke();
    else if (silent >= looks) events.dead();
  }, every);
  timer.unref();
  return () => clearInterval(timer);
}
