import { Agent, get } from 'node:http';

/** How long one page may take to say what is waited for. */
const patience = 60_000;

/** Resolves when the page says the text, or the signal aborts; it is asked every 5 ms over one kept connection. */
export async function firstAnswer(url: string, text: string, signal?: AbortSignal): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const until = Date.now() + patience;
  try {
    while (signal?.aborted !== true && (await pageOf(url, agent)) !== text) {
      if (Date.now() > until) throw new Error(`${url} never said ${text}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  } finally {
    agent.destroy();
  }
}

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

function pageOf(url: string, agent: Agent): Promise<string> {
  return new Promise((resolve) => {
    const request = get(url, { agent }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => {
        body += chunk.toString();
      });
      response.on('end', () => resolve(body.trim()));
      response.on('error', () => resolve(''));
    });
    request.on('error', () => resolve(''));
  });
}

/** Does something while the page is asked as firstAnswer asks it. */
export async function whileAsked<T>(url: string, work: () => Promise<T>): Promise<T> {
  const end = new AbortController();
  const asking = firstAnswer(url, 'what it never says', end.signal);
  try {
    return await work();
  } finally {
    end.abort();
    await asking;
  }
}
