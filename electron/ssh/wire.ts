import { Duplex } from 'node:stream';
import type { ClientChannel } from 'ssh2';

/** What carries a connection: a socket, or a channel through another host's connection. */
export interface Wire extends Duplex {
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

/** A forwarded channel as a wire. Fails with `lost()` where the connection that carries it is gone. */
export function wireOver(channel: ClientChannel, lost: () => Error | undefined): Wire {
  return new Tunnel(channel, lost);
}

class Tunnel extends Duplex implements Wire {
  bytesRead = 0;
  bytesWritten = 0;

  constructor(
    private readonly channel: ClientChannel,
    lost: () => Error | undefined,
  ) {
    super({ highWaterMark: 256 * 1024 });
    // For the wire's life: an error nobody listens to would end the process.
    this.on('error', () => {});
    channel.on('error', () => {});
    channel.stderr.on('error', () => {}).resume();
    channel.on('data', (chunk: Buffer) => {
      this.bytesRead += chunk.length;
      if (!this.push(chunk)) channel.pause();
    });
    channel.once('end', () => this.push(null));
    channel.once('close', () => this.destroy(lost()));
  }

  override _read(): void {
    this.channel.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.bytesWritten += chunk.length;
    this.channel.write(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.channel.end();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.channel.close();
    // ssh2 tells the close only after the last byte was read.
    this.channel.resume();
    done(error);
  }
}
