import net from 'node:net';

export interface Delay {
  address: string;
  port: number;
  /** Bytes carried so far: up is towards the host. */
  bytes: { up: number; down: number };
  /** Connections taken so far. */
  connections(): number;
  /** Nothing is carried any more and nobody is told, as when a cable is pulled; what is under way arrives after mend(). */
  cutSilently(): void;
  mend(): void;
  /** Every open connection gets a reset at both ends. */
  cutHard(): void;
  close(): Promise<void>;
}

// As much as may be under way in one direction, like the largest window of a real connection.
const windowBytes = 8 * 1024 * 1024;

/** A TCP proxy on loopback that makes the way to `target` longer: `roundTripMs` more for a byte there and its answer back. */
export async function startDelay(target: { host: string; port: number }, roundTripMs: number): Promise<Delay> {
  const bytes = { up: 0, down: 0 };
  const lines = new Set<Line>();
  let taken = 0;
  let cut = false;

  const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (near) => {
    taken += 1;
    // A real handshake costs the client one round trip before it can send, and the host's greeting one more half each way.
    const opened = performance.now() + roundTripMs * 1.5;
    const far = new net.Socket({ allowHalfOpen: true });
    const count = (way: 'up' | 'down') => (length: number) => {
      bytes[way] += length;
    };
    const up = new Line(near, far, { ms: roundTripMs / 2, notBefore: opened, isCut: () => cut, count: count('up') });
    const down = new Line(far, near, { ms: roundTripMs / 2, notBefore: 0, isCut: () => cut, count: count('down') });
    for (const line of [up, down]) lines.add(line);
    const close = () => {
      lines.delete(up);
      lines.delete(down);
      for (const socket of [near, far]) if (!socket.destroyed) socket.resetAndDestroy();
    };
    for (const socket of [near, far]) socket.on('error', close);
    const forget = () => {
      if (!near.closed || !far.closed) return;
      lines.delete(up);
      lines.delete(down);
    };
    for (const socket of [near, far]) socket.on('close', forget);
    far.once('connect', () => up.flush());
    setTimeout(() => !near.destroyed && far.connect({ ...target, noDelay: true }), roundTripMs * 1.5);
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));

  const cutHard = () => {
    for (const line of lines) line.reset();
    lines.clear();
  };
  return {
    address: '127.0.0.1',
    port: (server.address() as net.AddressInfo).port,
    bytes,
    connections: () => taken,
    cutSilently: () => {
      cut = true;
    },
    mend: () => {
      cut = false;
      for (const line of lines) line.flush();
    },
    cutHard,
    close: async () => {
      cutHard();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** One direction of one connection: chunks leave in the order in which they came, each as long after its arrival. */
class Line {
  private readonly queue: { at: number; chunk: Buffer | 'end' }[] = [];
  private waiting = 0;
  private timer: NodeJS.Timeout | undefined;
  private readonly from: net.Socket;
  private readonly to: net.Socket;
  private readonly isCut: () => boolean;

  constructor(from: net.Socket, to: net.Socket, way: { ms: number; notBefore: number; isCut: () => boolean; count: (bytes: number) => void }) {
    this.from = from;
    this.to = to;
    this.isCut = way.isCut;
    const put = (chunk: Buffer | 'end') => {
      this.queue.push({ at: Math.max(performance.now() + way.ms, way.notBefore), chunk });
      this.flush();
    };
    from.on('data', (chunk: Buffer) => {
      way.count(chunk.length);
      this.waiting += chunk.length;
      if (this.waiting > windowBytes) from.pause();
      put(chunk);
    });
    from.on('end', () => put('end'));
    to.on('drain', () => this.flush());
    from.resume();
  }

  flush(): void {
    clearTimeout(this.timer);
    while (this.queue.length > 0 && !this.isCut() && !this.to.destroyed) {
      const { at, chunk } = this.queue[0]!;
      const early = at - performance.now();
      if (early > 0.5) {
        this.timer = setTimeout(() => this.flush(), early);
        return;
      }
      // Written to before it connects, a socket fails; the connection flushes when it is there.
      if (this.to.pending) return;
      // A reader that does not read must slow the sender down, not fill this process.
      if (this.to.writableNeedDrain) return;
      this.queue.shift();
      if (chunk === 'end') this.to.end();
      else {
        this.to.write(chunk);
        this.waiting -= chunk.length;
      }
    }
    if (this.waiting <= windowBytes && this.from.isPaused()) this.from.resume();
  }

  reset(): void {
    clearTimeout(this.timer);
    for (const socket of [this.from, this.to]) if (!socket.destroyed) socket.resetAndDestroy();
  }
}
