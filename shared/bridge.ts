import { z } from 'zod';
import { question } from './contract/questions.ts';
import { problems } from './errors.ts';
import type { Runtime } from './rules/runtime.ts';

/** Limits of a message; larger or stranger ones are refused with `limit` where they name a call, and ignored where they do not. */
export const messageLimits = { characters: 2_000_000, values: 50_000, depth: 24, openCalls: 200 } as const;

/** So many events of a call may be on their way before the sender waits for `taken`. */
export const highWater = 256;

/**
 * What travels over the control port between a page and the backend process: JSON only, each message parsed on arrival.
 * A call is an operation of the contract; `id` is the page's own and unique while the call is open.
 */
export const toBackend = z.discriminatedUnion('type', [
  z.object({ type: z.literal('call'), id: z.number().int(), name: z.string().max(100), input: z.unknown() }),
  z.object({ type: z.literal('cancel'), id: z.number().int() }),
  /** How many events of a call the page has taken in all; the backend holds back above a high-water mark. */
  z.object({ type: z.literal('taken'), id: z.number().int(), events: z.number().int() }),
  /** The answer to `ask`: a typed secret, a decision, or null where the person declined. `remember`: the secret may be kept in the keyring. */
  z.object({
    type: z.literal('answer'),
    id: z.number().int(),
    asked: z.number().int(),
    value: z.union([z.string().max(10_000), z.boolean(), z.null()]),
    remember: z.boolean().optional(),
  }),
]);
export type ToBackend = z.infer<typeof toBackend>;

const failure = z.object({
  problem: z.enum(problems),
  message: z.string(),
  hint: z.string().optional(),
  field: z.string().optional(),
  facts: z.record(z.string(), z.unknown()).optional(),
});

export const toPage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('event'), id: z.number().int(), event: z.unknown() }),
  z.object({ type: z.literal('ask'), id: z.number().int(), asked: z.number().int(), question }),
  z.object({
    type: z.literal('outcome'),
    id: z.number().int(),
    outcome: z.union([z.object({ ok: z.literal(true), value: z.unknown() }), z.object({ ok: z.literal(false), failure })]),
  }),
]);
export type ToPage = z.infer<typeof toPage>;

/** An app to deploy, a folder to copy to a server, or the place for what comes from one. */
export type FolderPurpose = 'app' | 'from' | 'into';

/** What the preload script puts on `window.board`: no per-feature code, and nothing that takes a path or a channel name. */
export interface Board {
  /**
   * Asks for a port to the backend: `control` once, `terminal` with the ticket that the operation terminals.open gave. It
   * arrives as a window message { board: 'port', kind, ticket } with one port (a port cannot cross the context bridge).
   */
  connect(kind: 'control' | 'terminal', ticket?: string): void;
  /** Whether the backend process runs; called with the state now and at every change. Returns how to stop listening. */
  onBackend(listener: (state: { state: 'up' | 'gone' | 'failed'; restarts: number }) => void): () => void;
  /** A dropped folder or archive (a DOM File) as a one-session handle, or null where the drop holds none. The path never reaches the page. */
  folderFromDrop(file: object): Promise<{ handle: string; name: string } | null>;
  /** The same for any file or folder: one that is to be copied to a server. */
  fileFromDrop(file: object): Promise<{ handle: string; name: string } | null>;
  /** The system's folder chooser, titled by what the folder is for; null when it was closed. */
  chooseFolder(purpose?: FolderPurpose): Promise<{ handle: string; name: string } | null>;
  /** The system's chooser for files that are to be copied to a server; none when it was closed. */
  chooseFiles(): Promise<{ handle: string; name: string }[]>;
  /** Shows what was copied into a chosen folder in the system's file manager, from where it is dragged anywhere; false where it is not there any more. */
  showCopied(handle: string, name: string): Promise<boolean>;
  /** Shows the file that a terminal was recorded in; false where there is none of that name. */
  showSessionLog(name: string): Promise<boolean>;
  /** The system's chooser for an archive, which is handled as the folder in it: choosers of most systems show either. */
  chooseArchive(): Promise<{ handle: string; name: string } | null>;
  /** The system's file chooser for a private key; its path is shown to the user, so the page may have it. */
  chooseKeyFile(): Promise<string | null>;
  /** Opens an address of one of our apps in the user's browser (http and https only). */
  openExternal(url: string): Promise<boolean>;
  copyText(text: string): Promise<void>;
  /** The system's dialog for saving, with a name to begin with; the name that was chosen, or null where nothing was written. */
  saveText(name: string, text: string): Promise<string | null>;
  readClipboardText(): Promise<string>;
  /** A system notification, shown only while the window is not in front; clicked, it brings the window up and gives `command` to onCommand. */
  notify(title: string, body: string, command?: string): void;
  /** What a menu item or a clicked notification asks for: a palette command or a route. */
  onCommand(listener: (command: string) => void): () => void;
  readonly platform: 'linux' | 'darwin' | 'win32';
  readonly version: string;
  readonly runtime: Runtime;
}

/**
 * Bytes of a terminal, on a port of its own. Page to backend: keys and sizes; backend to page: batches that are acknowledged.
 * `lost`: not the shell ended but the connection to its server.
 */
export type TerminalToBackend =
  | { type: 'keys'; text: string }
  | { type: 'size'; columns: number; rows: number }
  | { type: 'taken'; bytes: number }
  | { type: 'alternate'; on: boolean }
  | { type: 'record'; on: boolean }
  | { type: 'close' };
export type TerminalToPage =
  | { type: 'output'; bytes: Uint8Array }
  /** After Ctrl-C in a flood: so many bytes were thrown away, and what comes now came after it. */
  | { type: 'dropped'; bytes: number }
  /** The name of the file that it is recorded in; null with the reason where that ended by itself. */
  | { type: 'recording'; file: string | null; reason: string | null }
  | { type: 'ended'; code: number | null; reason: string | null; lost: boolean };
