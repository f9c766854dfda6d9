import { describe, expect, it } from 'vitest';
import { type Asker, Waiting } from '../../electron/hostkit/waiting.ts';
import type { Question } from '../../shared/contract/questions.ts';
import { Failure } from '../../shared/errors.ts';
import { Secret } from '../../shared/secret.ts';

const question: Question = { kind: 'passphrase', host: 'shop-1', subject: 'the key', attempt: 1 };
const still = new AbortController().signal;

function someone(ask: Asker['ask'], signal = still): Asker & { asked: number } {
  const person = {
    asked: 0,
    signal,
    ask: (given: Question) => {
      person.asked += 1;
      return ask(given);
    },
  };
  return person;
}
const leaves = () => someone(() => Promise.reject(new Failure('cancelled', 'gone')));
const says = (answer: Secret | undefined) => someone(() => Promise.resolve(answer));

describe('a question while several wait for one host', () => {
  it('goes to whoever waited longest, and to the next where that one leaves before answering', async () => {
    const waiting = new Waiting();
    const answer = new Secret('open sesame');
    const [first, second, third] = [leaves(), says(answer), says(undefined)];
    const asked = await waiting.with(first, () => waiting.with(second, () => waiting.with(third, () => waiting.ask(question))));
    expect(asked).toBe(answer);
    expect([first.asked, second.asked, third.asked]).toEqual([1, 1, 0]);
  });

  it('is not asked a second time when the person declines', async () => {
    const waiting = new Waiting();
    const [first, second] = [says(undefined), says(new Secret('x'))];
    expect(await waiting.with(first, () => waiting.with(second, () => waiting.ask(question)))).toBeUndefined();
    expect(second.asked).toBe(0);
  });

  it('ends as cancelled where nobody is left, and passes over who gave up', async () => {
    const waiting = new Waiting();
    const gaveUp = someone(() => Promise.resolve(undefined), AbortSignal.abort());
    await expect(waiting.with(gaveUp, () => waiting.ask(question))).rejects.toMatchObject({ problem: 'cancelled' });
    await expect(waiting.ask(question)).rejects.toMatchObject({ problem: 'cancelled' });
    expect(gaveUp.asked).toBe(0);
  });
});
