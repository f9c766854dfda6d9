import { Failure } from '../../shared/errors.ts';
import type { Asker } from '../hostkit/kits.ts';

/** Asks before something that is hard to undo. @throws Failure needs-input where nobody can be asked, cancelled where the answer is no */
export async function confirmed(context: Pick<Asker, 'ask'>, thing: string, question: { text: string; lines: string[]; verb: string }): Promise<void> {
  const answer = await context.ask({ kind: 'confirm', ...question });
  if (answer === undefined) throw new Failure('needs-input', `"${question.verb}" waits for a yes`, { hint: 'Say it with --yes.', facts: { lines: question.lines } });
  if (answer !== true) throw new Failure('cancelled', `${thing} was kept`);
}
