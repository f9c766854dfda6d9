import { Terminal } from 'lucide-react';
import type { ReactNode } from 'react';
import { usePath } from '../../lib/router.ts';
import { runs, useForwards } from '../../stores/forwards.ts';
import { Button } from '../../ui/Button.tsx';
import { Status } from '../../ui/Status.tsx';
import { Age } from '../../ui/Time.tsx';
import { Bar, Tabs } from '../window/Bar.tsx';
import { openTerminal } from '../window/keys.ts';
import { useApps, useHosts, useStates } from './facts.ts';
import { HostBanner } from './HostBanner.tsx';
import { hostWords } from './words.ts';

/** What every page of a server has. */
export function HostFrame({ host, about, actions, children }: { host: string; about?: ReactNode; actions?: ReactNode; children: ReactNode }) {
  const path = usePath();
  const state = useStates()[host];
  const known = useHosts().data?.hosts.find(({ name }) => name === host);
  const apps = useApps(host, { read: false });
  const { dot, long } = hostWords(state);
  const forwards = useForwards(({ of }) => of).filter((one) => one.host === host && runs(one.state)).length;
  const place = `/hosts/${host}`;
  return (
    <>
      <Bar
        tabbed
        title={host}
        actions={
          actions ?? (
            <Button icon={Terminal} onClick={() => openTerminal(host, null)}>
              Terminal
            </Button>
          )
        }
      >
        <Status state={dot}>{long}</Status>
        <span className="small third cut">
          {about}
          {known !== undefined && (
            <span className="wide-only" style={{ marginLeft: about ? 12 : 0 }}>
              {known.user}@{known.address}
              {known.port === 22 ? '' : `, port ${known.port}`}
            </span>
          )}
        </span>
        <Age at={apps.dataUpdatedAt} />
      </Bar>
      <Tabs
        label={`Pages of ${host}`}
        path={path}
        tabs={[
          { path: place, label: 'Overview' },
          { path: `${place}/apps`, label: 'Apps', count: apps.data?.apps.length },
          { path: `${place}/logs`, label: 'Journal' },
          { path: `${place}/files`, label: 'Files' },
          { path: `${place}/terminal`, label: 'Terminal' },
          { path: `${place}/forwards`, label: 'Forwards', count: forwards === 0 ? undefined : forwards },
          { path: `${place}/settings`, label: 'Settings' },
        ]}
      />
      <HostBanner host={host} />
      {children}
    </>
  );
}
