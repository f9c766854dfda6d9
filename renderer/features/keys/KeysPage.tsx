import { KeyRound, Plus, RefreshCw, Server } from 'lucide-react';
import { useState } from 'react';
import { count } from '../../lib/format.ts';
import { useCommand, useOperation } from '../../lib/query.ts';
import { useToasts } from '../../stores/toasts.ts';
import { Button } from '../../ui/Button.tsx';
import { Empty, Panel, Problem, Skeleton } from '../../ui/Panel.tsx';
import { Table } from '../../ui/Table.tsx';
import { useHosts } from '../hosts/facts.ts';
import { Bar } from '../window/Bar.tsx';
import { KeyRow } from './KeyRow.tsx';
import { NewKeyDialog } from './NewKeyDialog.tsx';
import { ServerKeys } from './ServerKeys.tsx';

/** The SSH keys of this computer, and which servers let them in. */
export function KeysPage() {
  const own = useOperation('keys.list', {});
  const hosts = useHosts().data?.hosts ?? [];
  // Every server is signed in to for it, so only when somebody wants to know.
  const [looks, setLooks] = useState(false);
  const where = useOperation('keys.where', {}, { enabled: looks });
  const [making, setMaking] = useState(false);
  const say = useToasts(({ say }) => say);
  const touches = ['keys.'];
  const generate = useCommand('keys.generate', { touches });
  const install = useCommand('keys.install', { touches });
  const remove = useCommand('keys.remove', { touches });
  const failure = [install.error, remove.error].find((error) => error !== null && error.problem !== 'cancelled');
  const keys = own.data?.keys ?? [];
  const known = where.data?.hosts ?? [];
  return (
    <>
      <Bar
        crumb={['Settings', '/settings']}
        title="Keys"
        actions={
          <Button kind="primary" icon={Plus} onClick={() => setMaking(true)}>
            New key
          </Button>
        }
      />
      <div className="page">
        {own.error !== null && <Problem failure={own.error} />}
        {failure && <Problem failure={failure} />}
        <Panel title="On this computer" note={keys.length > 0 ? `${count(keys.length, 'key')} in ~/.ssh` : undefined}>
          {own.data === undefined && own.error === null && <Skeleton />}
          {own.data !== undefined && keys.length === 0 && (
            <Empty icon={KeyRound} title="No key in ~/.ssh">
              A key signs in to servers without a password. Its private half never leaves this computer.
            </Empty>
          )}
          {keys.length > 0 && (
            <Table columns={[{ head: 'Key', width: '22%' }, { head: 'Fingerprint' }, { head: 'Passphrase', width: 170 }]} acts={300}>
              {keys.map((one) => (
                <KeyRow
                  key={one.path}
                  of={one}
                  hosts={hosts.map(({ name }) => name)}
                  working={install.isPending && install.variables.key === one.name}
                  onInstall={(host) =>
                    install.mutate(
                      { host, key: one.name },
                      {
                        onSuccess: ({ outcome, file, options }) =>
                          say({
                            tone: 'done',
                            title: outcome === 'installed' ? `${host} lets in ${one.name}` : `${host} let in ${one.name} before`,
                            text: outcome === 'installed' ? `A line in ${file}` : options === '' ? 'Nothing was changed' : `Restricted there: ${options}`,
                          }),
                      },
                    )
                  }
                />
              ))}
            </Table>
          )}
        </Panel>
        <Panel
          title="Let in by your servers"
          note={looks && where.isFetching ? `asking ${count(hosts.length, 'server')}` : undefined}
          action={
            looks && (
              <Button kind="ghost" size="mini" icon={RefreshCw} working={where.isFetching && where.data !== undefined && 'Asking'} onClick={() => void where.refetch()}>
                Ask again
              </Button>
            )
          }
        >
          {!looks ? (
            <Empty
              icon={Server}
              title="Which servers know which key"
              actions={
                <Button off={hosts.length === 0 && 'There is no server yet'} onClick={() => setLooks(true)}>
                  Ask {hosts.length === 1 ? (hosts[0]?.name ?? '') : `all ${hosts.length} servers`}
                </Button>
              }
            >
              Each is signed in to and its authorized_keys are read. Nothing is changed.
            </Empty>
          ) : where.error !== null ? (
            <Problem failure={where.error} />
          ) : where.data === undefined ? (
            <Skeleton rows={4} />
          ) : (
            known.map((one) => <ServerKeys key={one.host} of={one} working={remove.isPending} onRemove={(fingerprint) => remove.mutate({ host: one.host, key: fingerprint })} />)
          )}
        </Panel>
      </div>
      {making && (
        <NewKeyDialog
          taken={keys.map(({ name }) => name)}
          working={generate.isPending}
          failure={generate.error?.problem === 'cancelled' ? null : generate.error}
          onMake={(wanted) =>
            generate.mutate(wanted, {
              onSuccess: ({ path }) => {
                setMaking(false);
                say({ tone: 'done', title: `Made the key ${wanted.name}`, text: path });
              },
            })
          }
          onClose={() => {
            generate.reset();
            setMaking(false);
          }}
        />
      )}
    </>
  );
}
