import { AppFrame } from '../apps/AppFrame.tsx';
import { HostFrame } from '../hosts/HostFrame.tsx';
import { Log } from './Log.tsx';

/** The log of an app, as it comes and as it was. */
export function LogsPage({ host = '', app = '' }: { host?: string; app?: string }) {
  return (
    <AppFrame host={host} app={app}>
      <Log key={`${host}/${app}`} host={host} app={app} />
    </AppFrame>
  );
}

/** A server's own journal. */
export function HostLogPage({ host = '' }: { host?: string }) {
  return (
    <HostFrame host={host}>
      <Log key={host} host={host} app={null} />
    </HostFrame>
  );
}
