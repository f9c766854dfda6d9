import type { Page } from 'playwright-core';

interface Outcome {
  ok: boolean;
  value?: Record<string, unknown>;
  failure?: { problem: string; message: string; hint?: string; field?: string };
}

/** What a script in the page can do with the port that preload gives it: everything a compromised page could. */
export interface PageClient {
  call(name: string, input: unknown): Promise<Outcome>;
  /** Begins a call and does not wait for it. */
  begin(id: number, name: string, input: unknown): Promise<void>;
  cancel(id: number): Promise<void>;
  events(id: number): Promise<Record<string, unknown>[]>;
  outcome(id: number): Promise<Outcome | null>;
  /** The questions that were asked so far, each with what it was answered. */
  asked(): Promise<Record<string, unknown>[]>;
  /** What later questions are answered with: by kind, null declines. */
  answers(answers: Record<string, { value: string | boolean | null; remember?: boolean }>): Promise<void>;
  /** Posts a message as it is. */
  post(message: unknown): Promise<void>;
}

// Runs in the page. Plain text, so that no build tool's helpers travel with it.
const script = `
new Promise((ready, fail) => {
  const client = { calls: new Map(), outcomes: {}, events: {}, asked: [], answers: {}, last: 500000 };
  const take = ({ data }) => {
    if (data.type === 'outcome') { client.outcomes[data.id] = data.outcome; client.calls.get(data.id)?.(data.outcome); }
    else if (data.type === 'event') { (client.events[data.id] ??= []).push(data.event); client.port.postMessage({ type: 'taken', id: data.id, events: client.events[data.id].length }); }
    else {
      const answer = client.answers[data.question.kind] ?? { value: null };
      client.asked.push({ ...data.question, answered: answer.value !== null });
      client.port.postMessage({ type: 'answer', id: data.id, asked: data.asked, ...answer });
    }
  };
  const listener = (message) => {
    if (message.source !== window || message.data?.board !== 'port' || message.data.kind !== 'control' || client.port) return;
    // The page listens too and would take this port for its own.
    message.stopImmediatePropagation();
    client.port = message.ports[0];
    client.port.onmessage = take;
    window.removeEventListener('message', listener, true);
    window.e2e = client;
    ready(true);
  };
  window.addEventListener('message', listener, true);
  window.board.connect('control');
  setTimeout(() => fail(new Error('no port came')), 5000);
})`;

/** A control port of the test's own, beside the page's. */
export async function openClient(page: Page): Promise<PageClient> {
  await page.evaluate(script);
  const run = <T>(text: string): Promise<T> => page.evaluate(text) as Promise<T>;
  const json = (value: unknown) => JSON.stringify(value) ?? 'undefined';
  return {
    call: (name, input) =>
      run(`new Promise((done) => { const id = ++e2e.last; e2e.calls.set(id, done); e2e.port.postMessage({ type: 'call', id, name: ${json(name)}, input: ${json(input)} }); })`),
    begin: (id, name, input) => run(`e2e.port.postMessage({ type: 'call', id: ${id}, name: ${json(name)}, input: ${json(input)} })`),
    cancel: (id) => run(`e2e.port.postMessage({ type: 'cancel', id: ${id} })`),
    events: (id) => run(`e2e.events[${id}] ?? []`),
    outcome: (id) => run(`e2e.outcomes[${id}] ?? null`),
    asked: () => run('e2e.asked'),
    answers: (answers) => run(`void (e2e.answers = ${json(answers)})`),
    post: (message) => run(`e2e.port.postMessage(${json(message)})`),
  };
}
