import { Plus } from 'lucide-react';
import type { Finding, Sample } from '../../../shared/contract/hosts.ts';
import { bytes, bytesParts, count, percent, span } from '../../lib/format.ts';
import { useFolders } from '../../stores/folders.ts';
import { Button } from '../../ui/Button.tsx';
import { Panel, Problem, Skeleton } from '../../ui/Panel.tsx';
import { Tile } from '../../ui/Tile.tsx';
import { useNow } from '../../ui/Time.tsx';
import { FoundApps } from '../adoptions/FoundApps.tsx';
import { AppTable, NoApps } from '../apps/AppsPage.tsx';
import { byTrouble } from '../apps/words.ts';
import { Checkup, useCheckup } from './Checkup.tsx';
import { useApps, useSamples, useStates } from './facts.ts';
import { HostFrame } from './HostFrame.tsx';
import { Prepare } from './Prepare.tsx';
import './HostPage.css';

/** A server: its processor, memory, disk and network as they are now, its check-up, its apps. */
export function HostPage({ host = '' }: { host?: string }) {
  const samples = useSamples(host);
  const checkup = useCheckup(host);
  const apps = useApps(host);
  const offer = useFolders(({ offer }) => offer);
  const latest = samples.at(-1);
  const prepared = checkup.data?.prepared;
  return (
    <HostFrame
      host={host}
      about={
        latest && (
          <span>
            {[systemOf(checkup.data?.findings), count(latest.cpu.cores, 'core'), bytes(latest.memory.total), `up ${span(latest.uptime * 1000)}`].filter(Boolean).join(', ')}
          </span>
        )
      }
    >
      <div className="page tight">
        <Tiles host={host} samples={samples} />
        <div className={prepared === false ? 'halves' : undefined}>
          <Checkup host={host} />
          {prepared === false && checkup.data && <Prepare host={host} ready={checkup.data.ready} onDone={() => void checkup.refetch()} />}
        </div>
        {prepared !== false && (
          <Panel
            title="Apps"
            note={apps.data === undefined ? `reading from ${host}` : count(apps.data.apps.length, 'app')}
            action={
              <Button kind="ghost" size="mini" icon={Plus} onClick={() => offer({ folder: null, host })}>
                Add an app
              </Button>
            }
          >
            {apps.data === undefined ? (
              apps.error === null ? (
                <Skeleton />
              ) : (
                <Problem failure={apps.error} />
              )
            ) : apps.data.apps.length === 0 ? (
              <NoApps host={host} />
            ) : (
              <AppTable host={host} apps={[...apps.data.apps].sort(byTrouble)} />
            )}
          </Panel>
        )}
        {checkup.data !== undefined && <FoundApps host={host} prepared={prepared !== false} />}
      </div>
    </HostFrame>
  );
}

/** "Debian 12", from "Debian GNU/Linux 12 (bookworm), x86_64". */
const systemOf = (findings: readonly Finding[] | undefined) =>
  findings
    ?.find(({ subject, level }) => subject === 'System' && level === 'ok')
    ?.text.replace(/,.*$/, '')
    .replace(/ GNU\/Linux| \(.*\)/g, '');

/** Samples older than this are said to be old. */
const fresh = 5_000;

function Tiles({ host, samples }: { host: string; samples: readonly Sample[] }) {
  const now = useNow();
  const state = useStates()[host]?.state;
  const latest = samples.at(-1);
  const old = latest !== undefined && state !== 'ready' && now - Date.parse(latest.at) > fresh;
  const sentence = state === 'ready' || state === undefined || state === 'connecting' ? 'Reading the first second' : 'Nothing read yet';
  if (latest === undefined) {
    return (
      <div className="tiles">
        {['CPU', 'Memory', 'Disk', 'Network'].map((name) => (
          <Tile key={name} name={name} sentence={sentence} />
        ))}
      </div>
    );
  }
  const { cpu, memory, disk, network } = latest;
  const [used, unit] = bytesParts(memory.used);
  const [full, diskUnit] = bytesParts(disk.used);
  const [out, outUnit] = bytesParts(network.outRate);
  const rates = samples.map((sample) => sample.network.inRate + sample.network.outRate);
  return (
    <div className={old ? 'tiles stale' : 'tiles'}>
      <Tile
        name="CPU"
        aside={`load ${cpu.load[0].toFixed(2)}`}
        figure={Math.round(cpu.used * 100)}
        unit={`% of ${count(cpu.cores, 'core')}`}
        values={samples.map((sample) => sample.cpu.used)}
      />
      <Tile
        name="Memory"
        aside={percent(memory.used / memory.total)}
        figure={used}
        unit={`${unit} of ${bytes(memory.total)}`}
        values={samples.map((sample) => sample.memory.used)}
        limit={memory.total}
      />
      <Tile
        name="Disk"
        aside={percent(disk.used / disk.total)}
        figure={full}
        unit={`${diskUnit} of ${bytes(disk.total)}`}
        values={samples.map((sample) => sample.disk.used)}
        limit={disk.total}
      />
      <Tile name="Network" aside={`${bytes(network.inRate)}/s in`} figure={out} unit={`${outUnit}/s out`} values={rates} limit={Math.max(100_000, ...rates)} />
    </div>
  );
}
