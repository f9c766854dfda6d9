import { create } from 'zustand';
import type { Question } from '../../shared/contract/questions.ts';
import type { Answer } from '../lib/api.ts';

interface Asked {
  id: number;
  question: Question;
  answer: (answer: Answer) => void;
}

/** Questions from the backend that wait for a person, oldest first. An answer passes through here and is not kept. */
export const useQuestions = create<{ waiting: Asked[]; ask: (question: Question) => Promise<Answer> }>((set) => {
  let last = 0;
  return {
    waiting: [],
    ask: (question) =>
      new Promise((resolve) => {
        last += 1;
        const id = last;
        const answer = (given: Answer) => {
          set(({ waiting }) => ({ waiting: waiting.filter((asked) => asked.id !== id) }));
          resolve(given);
        };
        set(({ waiting }) => ({ waiting: [...waiting, { id, question, answer }] }));
      }),
  };
});
