import { Lock } from 'lucide-react';
import { useState } from 'react';
import type { Failure } from '../../../shared/errors.ts';
import { formatAddress, hostNameRule, parseAddress } from '../../../shared/rules/address.ts';
import { count } from '../../lib/format.ts';
import { useOperation } from '../../lib/query.ts';
import { go } from '../../lib/router.ts';
import { Button } from '../../ui/Button.tsx';
import { Field, Radio, Select } from '../../ui/Field.tsx';
import { Panel, Problem } from '../../ui/Panel.tsx';
import { useHosts } from './facts.ts';

export interface Chosen {
  name: string;
  /** USER@ADDRESS[:PORT] */
  address: string;
  /** Its name in ~/.ssh/config, where it was chosen there. */
  alias?: string;
  /** A private key file, or null for the agent and the usual keys. */
  identity: string | null;
}

interface Typed {
  address: string;
  port: string;
  user: string;
  name: string | null;
  /** Undefined: not chosen. Null: the agent and the usual keys, as ssh does. */
  identity: string | null | undefined;
}

const empty: Typed = { address: '', port: '22', user: 'root', name: null, identity: undefined };

/** A name for a server, from its address: "shop.example" gives shop. */
function suggestName(address: string): string {
  const host = address.replace(/^[^@]*@/, '');
  const first = /^[\d.:[\]]+$/.test(host) ? `server-${host.replace(/\D+/g, '-').replace(/^-|-$/g, '').split('-').slice(-1)}` : (host.split('.')[0] ?? '');
  return first
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 32);
}

type Wrongs = { address?: string; port?: string; user?: string; name?: string; whole?: string };

/** What is wrong, at the field that it is about; `whole` where nothing is. A pasted USER@ADDRESS:PORT counts as all three. */
function wrongs(typed: Typed): Wrongs {
  const text = typed.address.trim();
  const wrongIn = (address: string) => {
    const parsed = parseAddress(address);
    return 'wrong' in parsed ? parsed.wrong : undefined;
  };
  const host = text.split(':').length > 2 && !text.startsWith('[') ? `[${text}]` : text;
  const hasPort = /^[^:]*:\d+$|\]:\d+$/.test(host);
  const whole = text.includes('@') ? text : `${typed.user.trim()}@${host}${hasPort ? '' : `:${typed.port.trim()}`}`;
  const name = typed.name ?? suggestName(typed.address);
  const found = {
    address: wrongIn(text.includes('@') ? text : `root@${host}`),
    user: text.includes('@') ? undefined : wrongIn(`${typed.user.trim()}@a`),
    port: hasPort || text.includes('@') ? undefined : wrongIn(`root@a:${typed.port.trim()}`),
    name: name === '' ? 'Give it a name, for example fra-1' : (hostNameRule(name) ?? undefined),
  };
  const parsed = parseAddress(whole);
  return { ...(Object.fromEntries(Object.entries(found).filter(([, wrong]) => wrong !== undefined)) as Wrongs), ...(!('wrong' in parsed) && { whole: formatAddress(parsed) }) };
}

/** Which server: one of ~/.ssh/config, or an address. */
export function ServerChoice({ onChosen, working, failure, before }: { onChosen: (server: Chosen) => void; working: boolean; failure: Failure | null; before: Chosen | null }) {
  const suggested = useOperation('hosts.suggest', {});
  const known = useHosts().data?.hosts ?? [];
  const servers = (suggested.data?.servers ?? []).filter(({ name }) => !known.some((host) => host.name === name));
  const keys = suggested.data?.keys ?? [];
  const [picked, setPicked] = useState<string | null | undefined>(undefined);
  const [typed, setTyped] = useState<Typed>(() => {
    const parsed = before === null ? null : parseAddress(before.address);
    return parsed === null || 'wrong' in parsed || before === null
      ? empty
      : { address: parsed.host, port: String(parsed.port), user: parsed.user, name: before.name, identity: before.identity };
  });
  const [blurred, setBlurred] = useState<Partial<Record<keyof Typed, boolean>>>({});
  const choice = picked === undefined ? (typed.address === '' ? (servers[0]?.name ?? null) : null) : picked;
  const server = servers.find(({ name }) => name === choice);
  const wrong = wrongs(typed);
  const at = (field: 'address' | 'port' | 'user' | 'name') => (blurred[field] ? wrong[field] : undefined) ?? (failure?.field === field ? failure.message : undefined);
  const set = (change: Partial<Typed>) => {
    setTyped({ ...typed, ...change });
    if (!('identity' in change)) setPicked(null);
  };
  const name = typed.name ?? suggestName(typed.address);
  const identity = typed.identity === undefined ? (server?.identity ?? null) : typed.identity;
  const submit = () => {
    // The configuration's own keys count unless another was chosen here.
    if (server !== undefined) return onChosen({ name: configName(server.name), address: server.address, alias: server.name, identity: typed.identity ?? null });
    setBlurred({ address: true, port: true, user: true, name: true });
    if (wrong.whole !== undefined && wrong.name === undefined) onChosen({ name, address: wrong.whole, identity });
  };
  const blur = (field: keyof Typed) => ({ onBlur: () => typed.address !== '' && setBlurred({ ...blurred, [field]: true }) });

  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <div>
        <h2 className="question">Where should your apps run?</h2>
        <p className="second">Any Debian or Ubuntu server you reach over SSH. Nothing on it changes until you agree to a plan.</p>
      </div>
      {servers.length > 0 && (
        <Panel title="From ~/.ssh/config" note={count(servers.length, 'server')}>
          <div className="choices" role="radiogroup" aria-label="Servers of ~/.ssh/config">
            {servers.map((one) => (
              <label key={one.name}>
                <input type="radio" name="server" checked={choice === one.name} onChange={() => setPicked(one.name)} />
                <b className="cut">{one.name}</b>
                <span className="mono second cut" title={one.jumps === null ? one.address : `${one.address}, reached through ${one.jumps}`}>
                  {one.address}
                  {one.jumps !== null && <span className="third"> via {one.jumps}</span>}
                </span>
                <span className="mono third cut" title={one.identity ?? undefined}>
                  {one.identity?.split(/[\\/]/).pop() ?? ''}
                </span>
              </label>
            ))}
          </div>
        </Panel>
      )}
      <section className="panel inside" aria-label="By address" style={{ display: 'grid', gap: 14 }}>
        <h2>{servers.length > 0 ? 'Or type an address' : 'Its address'}</h2>
        <div className="typed">
          <Field
            label="Address"
            placeholder="203.0.113.7 or shop.example"
            value={typed.address}
            onValue={(address) => set({ address })}
            wrong={at('address')}
            {...blur('address')}
          />
          <Field label="Port" inputMode="numeric" value={typed.port} onValue={(port) => set({ port })} wrong={at('port')} {...blur('port')} />
          <Field label="User" value={typed.user} onValue={(user) => set({ user })} wrong={at('user')} {...blur('user')} />
        </div>
        {(choice === null || typed.address !== '') && (
          <Field
            label="Name"
            className="named"
            placeholder="fra-1"
            value={name}
            onValue={(given) => set({ name: given })}
            wrong={at('name')}
            help="What you call it on this computer"
            {...blur('name')}
          />
        )}
        <div className="field">
          <span className="label">Sign in with</span>
          <div className="sign-in">
            <Radio name="sign-in" checked={identity === null} onChecked={() => set({ identity: null })}>
              SSH agent and the usual keys
            </Radio>
            <Radio name="sign-in" checked={identity !== null} onChecked={() => set({ identity: keys[0]?.path ?? '' })}>
              Key file {keys.length > 0 && <span className="third">{count(keys.length, 'key')}</span>}
            </Radio>
          </div>
          {identity !== null && (
            <div className="line" style={{ alignItems: 'end' }}>
              <div className="grow">
                <Select
                  label="Key file"
                  value={identity}
                  onValue={(chosen) => set({ identity: chosen })}
                  options={[...new Set([...keys.map(({ path }) => path), identity])].filter(Boolean).map((path) => [path, path] as const)}
                />
              </div>
              <Button size="large" onClick={() => void window.board.chooseKeyFile().then((path) => path !== null && set({ identity: path }))}>
                Choose another
              </Button>
            </div>
          )}
          <span className="help">A passphrase or password is asked for when the server wants one.</span>
        </div>
      </section>
      {failure !== null && !['name', 'address', 'port', 'user'].includes(failure.field ?? '') && failure.problem !== 'cancelled' && (
        <section className="panel">
          <Problem failure={failure} />
        </section>
      )}
      <div className="add-foot">
        <span className="small third">
          <Lock className="icon s" aria-hidden />
          Secrets stay in this computer's keyring, or nowhere.
        </span>
        {known.length > 0 && (
          <Button kind="ghost" size="large" onClick={() => go('/')}>
            Cancel
          </Button>
        )}
        <Button
          kind="primary"
          size="large"
          type="submit"
          working={working && 'Connecting'}
          off={server === undefined && typed.address === '' && 'Choose a server or type its address'}
        >
          {server !== undefined ? `Connect to ${server.name}` : name !== '' ? `Connect to ${name}` : 'Connect'}
        </Button>
      </div>
    </form>
  );
}

/** An alias of ~/.ssh/config as a name that ForgeBoard takes. */
const configName = (alias: string) => (hostNameRule(alias) === null ? alias : suggestName(alias));
