import { EventEmitter } from 'node:events';
import type { Port } from '../../../electron/doors/ipc.ts';

/** One end of a port in the same process, with what the other end received. */
export class TestPort extends EventEmitter implements Port {
  readonly received: Record<string, unknown>[] = [];

  postMessage(message: unknown): void {
    this.received.push(structuredClone(message) as Record<string, unknown>);
  }

  start(): void {}

  close(): void {
    this.emit('close');
  }

  /** As if the page had posted it. */
  say(message: unknown): void {
    this.emit('message', { data: message });
  }

  /** What was received of one kind. */
  of(type: string): Record<string, unknown>[] {
    return this.received.filter((message) => message.type === type);
  }
}

export const settled = (ms = 0): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
