import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';

/** What one answer was: when it was asked for and when it was there (milliseconds since 1970), and whose it was. */
export interface Answer {
  sentAt: number;
  at: number;
  release: string;
  kind: string;
}

export interface LoadReport {
  sent: number;
  failed: string[];
  posted: string[];
  slow: number;
  answers: Answer[];
}

/*
 * A fixed number of requests a second for one host, from a process of its own: of eight, one is a POST and, every so often,
 * one takes a second. Half of the visitors keep their connection.
 */
const { host, port, perSecond, most } = JSON.parse(process.argv[2] ?? '{}') as { host: string; port: number; perSecond: number; most: number };
const keeping = new Agent({ keepAlive: true, maxSockets: 32 });
const report: LoadReport = { sent: 0, failed: [], posted: [], slow: 0, answers: [] };
let flights = 0;

function ask(number: number): Promise<void> {
  const post = number % 8 === 0;
  const slow = number % 20 === 1;
  const keep = Math.floor(number / 8) % 2 === 1;
  const id = randomUUID();
  const kind = `${post ? 'POST' : slow ? 'slow GET' : 'GET'}${keep ? ', kept' : ''}`;
  const sentAt = Date.now();
  const fail = (why: string) => report.failed.push(`${new Date(sentAt).toISOString()} ${kind}: ${why}`);
  if (slow && !post) report.slow += 1;
  return new Promise((resolve) => {
    const path = post ? '/post' : slow ? '/slow' : '/';
    const sent = request({ host, port, path, method: post ? 'POST' : 'GET', agent: keep ? keeping : false, timeout: 30_000 }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('error', (error) => {
        fail(error.message);
        resolve();
      });
      response.on('end', () => {
        if (response.statusCode !== 200) fail(`status ${response.statusCode}`);
        else {
          report.answers.push({ sentAt, at: Date.now(), release: body.trim(), kind });
          if (post) report.posted.push(id);
        }
        resolve();
      });
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer in 30 s')));
    sent.on('error', (error: NodeJS.ErrnoException) => {
      fail(error.code ?? error.message);
      resolve();
    });
    sent.end(post ? id : undefined);
  });
}

const began = performance.now();
const timer = setInterval(() => {
  // By the clock: a tick that came late sends what it missed.
  const due = Math.min(most, Math.floor(((performance.now() - began) / 1000) * perSecond));
  while (report.sent < due) {
    report.sent += 1;
    flights += 1;
    void ask(report.sent).finally(() => {
      flights -= 1;
    });
  }
}, 4);

process.once('message', () => {
  const wait = setInterval(() => {
    if (report.sent < most || flights > 0) return;
    clearInterval(wait);
    clearInterval(timer);
    keeping.destroy();
    process.send?.(report, () => process.disconnect());
  }, 20);
});
