/** What a host says of the Python apps that run on it without ForgeBoard. All of it is somebody else's text. */

/** A unit of systemd that runs a server for Python apps, or Python itself. */
export interface RunningUnit {
  unit: string;
  /** Of its file, and of the files that change it. */
  path: string;
  dropins: string[];
  state: string;
  enabled: string;
  type: string;
  pid: number;
  /** Seconds since 1970. */
  since: number | null;
  server: string;
  /** Its command line; ••• stands for what may be secret. */
  words: string[];
  /** How many commands it starts. */
  starts: number;
  folder: string;
  user: string;
  /** "unix:/run/shop.sock", "127.0.0.1:8000". */
  listens: string[];
  memoryMax: number | null;
  /** How many commands run before and after its start. */
  before: number;
  /** Units that stop or start with it. */
  related: string[];
  /** Settings of systemd that give it another view of the host. */
  confined: string[];
}

export interface RunningOther {
  kind: string;
  what: string;
  where: string;
  pid: number;
  user: string;
  listens: string[];
}

/** A word in one of nginx's files, by its bytes. */
interface Place {
  target: string;
  file: string;
  line: number;
  start: number;
  end: number;
}

export interface NginxFacts {
  /** Why nothing is known of where it leads. */
  problem: string | null;
  servers: { file: string; line: number; names: string[]; listens: string[]; certificate: string | null; passes: (Place & { kind: string; path: string })[] }[];
  upstreams: { name: string; keepalive: boolean; servers: Place[] }[];
  /** SHA-256 of each of its files. */
  digests: Record<string, string>;
}

export interface ScanFacts {
  units: RunningUnit[];
  others: RunningOther[];
  nginx: NginxFacts;
  adopted: { app: string; unit: string; phase: 'taken' | 'moving' | 'moved' | 'returning' }[];
}

/** One unit, looked at closely. */
export interface InspectedUnit {
  unit: RunningUnit;
  links: string[];
  folder: {
    path: string;
    files: number;
    bytes: number;
    leftOut: { path: string; why: string }[];
    /** Files in it that the app itself writes. */
    written: string[];
    requirements: string[];
    dotenv: boolean;
    /** Whether the module of its entry point is among the files. */
    module: boolean;
  };
  packages: { path: string; python: string; system: boolean; count: number; local: string[] } | null;
  variables: { names: string[]; refused: string[]; pointing: string[]; elsewhere: boolean };
  /** Groups that its user is in, besides its own and nginx's. */
  groups: string[];
  pythons: string[];
  state: string;
}
