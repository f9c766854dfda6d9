import { Globe, Plus } from 'lucide-react';
import { useState } from 'react';
import type { AppDomain } from '../../../shared/contract/domains.ts';
import { useCommand, useOperation } from '../../lib/query.ts';
import { Button } from '../../ui/Button.tsx';
import { Field } from '../../ui/Field.tsx';
import { Empty, Panel, Problem, Skeleton } from '../../ui/Panel.tsx';
import { Status } from '../../ui/Status.tsx';
import { Table } from '../../ui/Table.tsx';
import { AppFrame } from '../apps/AppFrame.tsx';

const points = {
  here: ['live', 'Leads here'],
  partly: ['warning', 'Leads here only in part'],
  elsewhere: ['warning', 'Leads to another machine'],
  nowhere: ['warning', 'Does not resolve'],
  unknown: ['stopped', 'Could not be asked'],
} as const;

const touches = ['domains.', 'apps.', 'deployments.'];

/** The names that nginx gives to an app, and whether each leads to its server. */
export function DomainsPage({ host = '', app = '' }: { host?: string; app?: string }) {
  const facts = useOperation('domains.list', { host, app }, { every: 30_000 });
  const [typed, setTyped] = useState('');
  const [note, setNote] = useState<string | null>(null);
  const add = useCommand('domains.add', { touches, onEvent: (event) => event.type === 'note' && setNote(event.text) });
  const remove = useCommand('domains.remove', { touches });
  const listed = facts.data?.domains ?? [];
  const atField = add.error?.field === 'domain' ? add.error.message : null;
  const send = () => {
    setNote(null);
    add.mutate({ host, app, domain: typed }, { onSuccess: () => setTyped('') });
  };
  return (
    <AppFrame host={host} app={app}>
      <div className="page">
        {facts.error !== null && <Problem failure={facts.error} />}
        {remove.error !== null && <Problem failure={remove.error} />}
        <Panel label="Domains">
          {facts.data === undefined && facts.error === null && <Skeleton />}
          {facts.data !== undefined && listed.length === 0 && (
            <Empty icon={Globe} title="No domain yet">
              {app} answers at {facts.data.ownUrl}
            </Empty>
          )}
          {listed.length > 0 && (
            <Table columns={[{ head: 'Status', width: 160 }, { head: 'Domain' }, { head: 'Addresses' }]} acts={110}>
              {listed.map((one) => (
                <DomainRow key={one.domain} one={one} working={remove.isPending} onRemove={() => remove.mutate({ host, app, domain: one.domain })} />
              ))}
            </Table>
          )}
        </Panel>
        <Panel title="Add a domain" note={facts.data === undefined || facts.data.addresses.length === 0 ? undefined : `its A or AAAA record: ${facts.data.addresses.join(', ')}`}>
          <form
            className="inside fields"
            onSubmit={(event) => {
              event.preventDefault();
              send();
            }}
          >
            <Field
              label="Domain"
              mono
              value={typed}
              onValue={setTyped}
              placeholder="shop.example.com"
              wrong={atField}
              help={note ?? 'nginx serves it on port 80 from then on. No process is restarted.'}
            />
            <div>
              <Button type="submit" kind="primary" icon={Plus} working={add.isPending && 'Adding'} off={typed.trim() === '' && 'Type a domain first'}>
                Add domain
              </Button>
            </div>
            {add.error !== null && atField === null && <Problem failure={add.error} />}
          </form>
        </Panel>
      </div>
    </AppFrame>
  );
}

function DomainRow({ one, working, onRemove }: { one: AppDomain; working: boolean; onRemove: () => void }) {
  const [state, word] = points[one.points];
  return (
    <tr>
      <td>
        <Status state={one.inForce ? state : 'stopped'}>{one.inForce ? word : 'Not applied yet'}</Status>
      </td>
      <td className="mono">{one.shown === one.domain ? one.domain : `${one.shown} (${one.domain})`}</td>
      <td className="second mono">{one.addresses.join(', ') || '—'}</td>
      <td>
        <div className="line" style={{ justifyContent: 'flex-end' }}>
          <Button size="mini" off={working && 'A change of it is running'} aria-label={`Remove ${one.domain}`} onClick={onRemove}>
            Remove
          </Button>
        </div>
      </td>
    </tr>
  );
}
