/** How long things may take, and how many there may be. Tests shorten them; nothing else should. */
export interface Limits {
  /** Name look-up and TCP connect together. */
  connectMs: number;
  /** From connected to keys exchanged and the host key checked. */
  handshakeMs: number;
  /** For the answer to one authentication request; people's thinking time does not count. PAM and DNS can be slow. */
  authReplyMs: number;
  keepaliveMs: number;
  /** No byte received for this long: the link is dead, whatever TCP still believes. */
  silenceMs: number;
  /** The answer to a probe, after the machine woke up. */
  probeMs: number;
  /** For opening a channel and starting the command in it. */
  openMs: number;
  /** Sessions open at once on a connection, commands and terminals together; sshd's MaxSessions by default. */
  sessions: number;
  /** Commands among them; fewer where terminals leave less room. */
  channels: number;
  /** Terminals among them. The last session is never a terminal's. */
  shells: number;
}

export const defaultLimits: Limits = {
  connectMs: 10_000,
  handshakeMs: 15_000,
  authReplyMs: 30_000,
  keepaliveMs: 10_000,
  silenceMs: 25_000,
  probeMs: 2_000,
  openMs: 30_000,
  sessions: 10,
  channels: 6,
  shells: 6,
};
