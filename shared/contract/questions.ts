import { z } from 'zod';

/**
 * What an operation may have to ask in the middle: a secret that is stored nowhere, or a decision. The door that
 * carries the operation answers (terminal prompt, dialog), or says that nobody can be asked.
 */
export const question = z.discriminatedUnion('kind', [
  z.object({
    /** value: of a variable; `subject` names it. code: of a second factor; `subject` is the server's own prompt. */
    kind: z.enum(['passphrase', 'password', 'sudo-password', 'code', 'value']),
    host: z.string(),
    /** USER@ADDRESS of a jump host on the way, where that one asks. */
    hop: z.string().optional(),
    /** What the secret opens, in words: "the key /home/ana/.ssh/id_ed25519". */
    subject: z.string(),
    /** 1 for the first try; more after a wrong answer. */
    attempt: z.number().int(),
    /** Where the answer could be kept in the keyring; with the reason where this machine has none that works. Left out: not offered. */
    remember: z.object({ reason: z.string().nullable() }).optional(),
  }),
  z.object({
    kind: z.literal('confirm'),
    /** What is about to happen, one sentence that names the thing. */
    text: z.string(),
    /** Facts to read before deciding, a line each. */
    lines: z.array(z.string()),
    /** The verb of the yes button: "Remove", "Prepare", "Trust this key". */
    verb: z.string(),
  }),
]);

export type Question = z.infer<typeof question>;
