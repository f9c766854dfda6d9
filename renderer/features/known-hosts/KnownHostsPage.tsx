import { KeyRound, Trash2 } from 'lucide-react';
import type { Output } from '../../lib/api.ts';
import { useCommand, useOperation } from '../../lib/query.ts';
import { useToasts } from '../../stores/toasts.ts';
import { Button } from '../../ui/Button.tsx';
import { Empty, Panel, Problem, Skeleton } from '../../ui/Panel.tsx';
import { Table } from '../../ui/Table.tsx';
import { Bar } from '../window/Bar.tsx';
import { KnownKeyRow } from './KnownKeyRow.tsx';

const touches = ['known-hosts.', 'hosts.'];

/** The host keys that this computer trusts: all of them, or those of one server. */
export function KnownHostsPage({ host }: { host?: string }) {
  const known = useOperation('known-hosts.list', host === undefined ? {} : { host });
  const forget = useCommand('known-hosts.forget', { touches });
  const restore = useCommand('known-hosts.restore', { touches });
  const say = useToasts(({ say }) => say);
  const told = ({ forgotten, kept, undo }: Output<'known-hosts.forget'>) =>
    say({
      tone: 'done',
      title: forgotten.length === 1 ? 'Forgot a host key' : `Forgot ${forgotten.length} host keys`,
      text: kept[0] === undefined ? undefined : `Line ${kept[0].line} of ${kept[0].file} stays: ${kept[0].reason}`,
      act: { label: 'Undo', run: () => restore.mutate({ undo }) },
    });
  // Saying no is no fault.
  const failure = [forget.error, restore.error].find((error) => error !== null && error.problem !== 'cancelled');
  const { keys, broken, files, more } = known.data ?? { keys: [], broken: [], files: [], more: 0 };
  const mine = keys.some(({ id, mark }) => id !== null && mark === 'key');
  return (
    <>
      <Bar
        crumb={host === undefined ? ['Settings', '/settings'] : [host, `/hosts/${host}/settings`]}
        title="Known hosts"
        actions={
          host !== undefined && (
            <Button
              kind="danger"
              icon={Trash2}
              working={forget.isPending && 'Forgetting'}
              off={!mine && 'ForgeBoard may change none of these lines'}
              onClick={() => forget.mutate({ host }, { onSuccess: told })}
            >
              Forget all of {host}…
            </Button>
          )
        }
      />
      <div className="page">
        {known.error !== null && <Problem failure={known.error} />}
        {failure && <Problem failure={failure} />}
        {files.map(({ path, problem }) => problem !== null && <Problem key={path} failure={{ problem: 'unreadable', message: problem }} />)}
        <Panel title="Host keys" note={more > 0 ? `the first ${keys.length}; ${more} more are in the files` : undefined}>
          {known.data === undefined && known.error === null && <Skeleton />}
          {known.data !== undefined && keys.length === 0 && (
            <Empty icon={KeyRound} title="No host key is known">
              {host === undefined ? 'The key of a server is kept here once you have compared and trusted it.' : `The next connection to ${host} shows its key and asks.`}
            </Empty>
          )}
          {keys.length > 0 && (
            <Table columns={[{ head: 'Status', width: 130 }, { head: 'Server' }, { head: 'Key', width: '34%' }, { head: 'Where', width: '20%' }]} acts={120}>
              {keys.map((key) => (
                <KnownKeyRow key={`${key.file}:${key.line}`} one={key} working={forget.isPending} onForget={(id) => forget.mutate({ id }, { onSuccess: told })} />
              ))}
            </Table>
          )}
        </Panel>
        {broken.length > 0 && (
          <Panel title="Lines that count for nothing" note="kept as they are">
            {broken.map(({ file, line, text, wrong }) => (
              <div key={`${file}:${line}`} className="inside">
                <p className="wrap">
                  <span className="mono">{file}</span> line {line}: {wrong}
                </p>
                <p className="small third mono wrap">{text}</p>
              </div>
            ))}
          </Panel>
        )}
        <p className="small third wrap">
          {files.some(({ writable }) => !writable) && 'Lines without a Forget button are in files that ForgeBoard only reads. '}
          After a key is forgotten, the next connection shows the server's key again, to be compared.
        </p>
      </div>
    </>
  );
}
