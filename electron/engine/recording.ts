import type { Shell } from '../ssh/shell.ts';
import { type OpenSessionLog, type SessionLog, whyNot } from '../store/session-logs.ts';
import { Transcript } from './transcript.ts';

/** Whether a terminal is recorded: the file's name, or null with the reason where it ended by itself. */
export interface Recording {
  file: string | null;
  reason: string | null;
}

/** A shell that can be recorded in a file, as text. */
export interface RecordedShell extends Shell {
  record(on: boolean): Promise<void>;
  /** One listener, told at each change, and now where there is something to tell. */
  onRecording(listener: (recording: Recording) => void): void;
}

/** The shell waits where the disk is slower than it; where the disk refuses, it goes on without a record. */
export function recorded(shell: Shell, of: { host: string; app: string | null }, openLog: OpenSessionLog): RecordedShell {
  let log: SessionLog | undefined;
  let transcript = new Transcript();
  let state: Recording = { file: null, reason: null };
  let told: (recording: Recording) => void = () => {};
  const tell = (now: Recording): void => {
    state = now;
    told(now);
  };
  let turn: Promise<void> = Promise.resolve();
  let over = false;
  const held = { page: false, disk: false };
  const hold = (who: keyof typeof held, on: boolean): void => {
    const before = held.page || held.disk;
    held[who] = on;
    const now = held.page || held.disk;
    if (now !== before) now ? shell.pause() : shell.resume();
  };
  const write = (text: string): void => {
    if (text !== '' && log?.write(text) === false) hold('disk', true);
  };
  const stop = async (reason: string | null): Promise<void> => {
    const ending = log;
    if (ending === undefined) return;
    write(transcript.end());
    write(`# until ${new Date().toISOString()}\n`);
    log = undefined;
    hold('disk', false);
    tell({ file: null, reason });
    await ending.close();
  };
  const start = async (): Promise<void> => {
    if (log !== undefined || over) return;
    try {
      const opened = await openLog(of);
      opened.onDrain(() => hold('disk', false));
      opened.onFailure((reason) => void (log === opened && stop(reason)));
      transcript = new Transcript();
      log = opened;
    } catch (error) {
      return tell({ file: null, reason: whyNot(error) });
    }
    write(`# ${[of.host, ...(of.app === null ? [] : [of.app])].join(', ')}, from ${new Date().toISOString()}\n`);
    tell({ file: log.name, reason: null });
    // It ended while the file was opened.
    if (over) await stop(null);
  };
  void shell.ended.then(() => {
    over = true;
    return stop(null);
  });
  return {
    ...shell,
    pause: () => hold('page', true),
    resume: () => hold('page', false),
    onOutput: (listener) =>
      shell.onOutput((bytes) => {
        if (log !== undefined) write(transcript.push(bytes));
        listener(bytes);
      }),
    record(on) {
      turn = turn.then(() => (on ? start() : stop(null)));
      return turn;
    },
    onRecording(listener) {
      told = listener;
      if (state.file !== null || state.reason !== null) listener(state);
    },
  };
}
