import type { Host } from '../../shared/contract/hosts.ts';
import type { LeftOut, LogEntry, LogEvent } from '../../shared/contract/logs.ts';
import { Failure } from '../../shared/errors.ts';
import { type LogEvent as KitEvent, logEvent } from '../hostkit/actions.ts';
import type { Kit } from '../hostkit/hostkit.ts';
import type { Asker, Kits } from '../hostkit/kits.ts';
import { pause } from '../ssh/waiting.ts';

const mostPause = 10_000;

export interface LogContext extends Asker {
  emit(event: LogEvent): void | Promise<void>;
}

const iso = (ms: number) => new Date(ms).toISOString();

/** What the kit says of a log, as the contract has it. */
function told(event: KitEvent): (LogEntry | LeftOut)[] {
  if (event.type === 'lines') return event.lines.map((line) => ({ ...line, type: 'line', at: iso(line.at) }));
  return event.type === 'left' ? [{ type: 'left-out', reason: event.reason, at: iso(event.at), lines: event.lines, bytes: event.bytes }] : [];
}

/**
 * Reads a log and tells it line by line, on a channel of its own: not reading it holds back the host, and closing it ends it.
 * A follow that is cut goes on from where it was once the host is there again: no line twice, none missing.
 * @param wanted what the kit's `logs.read` takes
 * @returns how many lines there were
 */
export async function readLog(kits: Kits, host: Host, wanted: { lines: number; follow: boolean; after?: string | undefined }, context: LogContext): Promise<number> {
  const { signal } = context;
  let { after } = wanted;
  let lines = 0;
  let waits = 0;
  const take = async (bytes: unknown): Promise<void> => {
    const event = logEvent.parse(bytes);
    waits = 0;
    for (const one of told(event)) {
      lines += one.type === 'line' ? 1 : 0;
      await context.emit(one);
    }
    if (event.type === 'start') await context.emit({ type: 'place', older: event.cursor, begun: event.begun, newer: null });
    else if (event.cursor !== null) {
      after = event.cursor;
      await context.emit({ type: 'place', older: null, begun: false, newer: event.cursor });
    }
  };
  for (let cut = false; ; ) {
    let kit: Kit | undefined;
    try {
      if (cut) {
        await pause(Math.min(250 * 2 ** waits++, mostPause), signal);
        await kits.connection(host, context, true);
      }
      kit = await kits.open(host, context);
      if (cut) await context.emit({ type: 'note', text: `${host.name} is connected again` });
      cut = false;
      await kit.call('logs.read', { ...wanted, after: after ?? null }, { signal, onEvent: take });
      return lines;
    } catch (error) {
      const again = wanted.follow && after !== undefined && !signal.aborted && error instanceof Failure && ['unreachable', 'timeout', 'busy'].includes(error.problem);
      if (!again) throw error;
      if (!cut) await context.emit({ type: 'note', text: error.message });
      cut = true;
    } finally {
      kit?.close();
    }
  }
}

/** A page of what was before. @param wanted what the kit's `logs.older` takes */
export async function olderLog(kit: Kit, wanted: object, signal: AbortSignal) {
  const lines: (LogEntry | LeftOut)[] = [];
  const { cursor, begun, reached } = await kit.call('logs.older', wanted, { signal, onEvent: (bytes) => void lines.push(...told(logEvent.parse(bytes))) });
  return { lines, older: cursor, begun, reached: iso(reached) };
}
