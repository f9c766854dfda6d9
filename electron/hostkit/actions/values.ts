import { z } from 'zod';

/** What answers of the kit are made of; each has a limit, since a host may say anything. */
export const text = z.string().max(4096);
export const count = z.number().int().nonnegative();
export const changes = z.object({ changed: z.array(text) });
