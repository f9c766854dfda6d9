import { KeyRound, ShieldAlert, WifiOff } from 'lucide-react';
import { useCommand, useStream } from '../../lib/query.ts';
import { clockOfDay } from '../../lib/format.ts';
import { go } from '../../lib/router.ts';
import { Banner } from '../../ui/Banner.tsx';
import { Button } from '../../ui/Button.tsx';
import { useNow } from '../../ui/Time.tsx';
import { useStates } from './facts.ts';

/** What stands in the way between this laptop and a server, where something does. */
export function HostBanner({ host }: { host: string }) {
  const state = useStates()[host];
  const connect = useCommand('hosts.connect', { touches: ['apps.', 'hosts.'] });
  const now = useNow();
  // Asking for its figures is what tries again, for as long as somebody looks; what the page shows is read when it answers.
  useStream('hosts.watch', { name: host }, { onEvent: () => {} }, ['lost', 'waiting', 'connecting'].includes(state?.state ?? ''));
  if (state === undefined || ['ready', 'connecting', 'closed'].includes(state.state)) return null;
  const again = (
    <Button size="mini" working={connect.isPending && 'Trying'} onClick={() => connect.mutate({ name: host })}>
      Try now
    </Button>
  );
  if (state.problem === 'host-key-changed' || state.problem === 'host-key-revoked') {
    return (
      <div className="banners">
        <Banner
          tone="fail"
          icon={ShieldAlert}
          fact={state.problem === 'host-key-changed' ? `${host} shows a different key than before.` : `The key of ${host} was revoked.`}
          actions={
            <Button size="mini" onClick={() => go(`/hosts/${host}/key`)}>
              Compare keys
            </Button>
          }
        >
          ForgeBoard has not signed in. Find out why before you accept it.
        </Banner>
      </div>
    );
  }
  if (state.state === 'refused') {
    return (
      <div className="banners">
        <Banner tone="warn" icon={KeyRound} fact={`${host} is not signed in to.`} actions={again}>
          {connect.error?.message ?? state.reason}
        </Banner>
      </div>
    );
  }
  // The fact itself is not said twice.
  const left = state.retryAt === null ? null : Math.max(0, Math.ceil((Date.parse(state.retryAt) - now) / 1000));
  return (
    <div className="banners">
      <Banner icon={WifiOff} fact={`${host} does not answer since ${clockOfDay(state.since).slice(0, 5)}.`} actions={again}>
        {state.reason !== null && !/ did not answer /.test(state.reason) && `${state.reason}${/[.!?]$/.test(state.reason) ? '' : '.'} `}What you see is from then.
        {left === null ? '' : left === 0 ? ' Trying again now.' : ` Trying again in ${left} s.`}
      </Banner>
    </div>
  );
}
