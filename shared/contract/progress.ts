import { z } from 'zod';

const deploymentStep = z.object({
  type: z.literal('step'),
  name: z.string(),
  status: z.enum(['running', 'done', 'failed', 'skipped']),
  /** Milliseconds it took, once it ended. */
  ms: z.number().optional(),
  detail: z.string().optional(),
});
/** What a deployment tells while it runs, whatever its kind. */
export const deploymentProgress = z.discriminatedUnion('type', [
  z.object({ type: z.literal('started'), app: z.string(), deployment: z.number().int() }),
  deploymentStep,
  z.object({ type: z.literal('output'), step: z.string(), text: z.string() }),
  /** Said once each: files left out, a connection lost and found again. */
  z.object({ type: z.literal('note'), text: z.string() }),
]);
export type DeploymentProgress = z.infer<typeof deploymentProgress>;
