import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import type { Question } from '../../../shared/contract/questions.ts';
import { Secret } from '../../../shared/secret.ts';
import { visible } from '../../../shared/rules/visible.ts';

/** File descriptors that secrets are read from where there is no terminal (CI). */
export type SecretDescriptors = Partial<Record<Question['kind'], number>>;

let isRead = false;

/** All of standard input without its last line end; undefined where it was read before, or there is nothing in it. */
function readAll(): Secret | undefined {
  if (isRead || process.stdin.isTTY === true) return undefined;
  isRead = true;
  const text = readFileSync(0, 'utf8').replace(/\r?\n$/, '');
  return text === '' ? undefined : new Secret(text);
}

/** Answers the questions of an operation from given descriptors or on the terminal; undefined where neither is there. */
export function asker(descriptors: SecretDescriptors, terminal: boolean) {
  return async (question: Question): Promise<Secret | boolean | undefined> => {
    const descriptor = descriptors[question.kind];
    if (descriptor !== undefined && question.kind !== 'confirm') {
      return question.attempt === 1 ? new Secret(readFileSync(descriptor, 'utf8').replace(/\r?\n$/, '')) : undefined;
    }
    // The value of one variable may come from a pipe, whole: a key has several lines.
    if (question.kind === 'value' && !terminal) return readAll();
    if (!terminal) return undefined;
    if (question.kind === 'confirm') {
      process.stderr.write(`${visible(question.text)}\n${question.lines.map((line) => `  ${visible(line)}\n`).join('')}`);
      const answer = await prompt(`${question.verb}? [y/N] `, true);
      return answer === undefined ? undefined : /^y(es)?$/i.test(answer.trim());
    }
    const again = question.attempt > 1 ? 'That did not open it. ' : '';
    const on = question.hop === undefined ? '' : ` (on the way: ${visible(question.hop)})`;
    const text =
      question.kind === 'code'
        ? `${visible(question.hop ?? question.host)} asks: ${visible(question.subject)} `
        : `${words[question.kind]} for ${visible(question.subject)}${on}: `;
    const typed = await prompt(`${again}${text}`, false);
    return typed === undefined ? undefined : new Secret(typed);
  };
}

const words = { passphrase: 'Passphrase', password: 'Password', 'sudo-password': 'sudo password', code: 'Code', value: 'Value' } as const;

/** One line from the terminal, shown while typed or not; undefined at the end of input. */
function prompt(text: string, echo: boolean): Promise<string | undefined> {
  return new Promise((resolve) => {
    process.stderr.write(text);
    const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
    const lines = createInterface({ input: process.stdin, output: echo ? process.stderr : silent, terminal: true, historySize: 0 });
    let answer: string | undefined;
    lines.once('SIGINT', () => lines.close());
    lines.once('line', (line) => {
      answer = line;
      lines.close();
    });
    lines.once('close', () => {
      if (!echo || answer === undefined) process.stderr.write('\n');
      resolve(answer);
    });
  });
}
