/** Where visitors reach an app, for the node before its slots. */
export function addressOf(host: string, url: string | null): { address: string; about: string } {
  if (url === null) return { address: 'No address yet', about: `on ${host}` };
  const port = /:(\d+)\/?$/.exec(url)?.[1];
  return { address: url.replace(/^https?:\/\//, '').replace(/\/$/, ''), about: port === undefined ? `on ${host}` : `Port ${port} of ${host}` };
}
