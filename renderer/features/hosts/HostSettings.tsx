import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { Output } from '../../lib/api.ts';
import { useCommand } from '../../lib/query.ts';
import { go } from '../../lib/router.ts';
import { useToasts } from '../../stores/toasts.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Facts, Panel, Problem } from '../../ui/Panel.tsx';
import { Time } from '../../ui/Time.tsx';
import { useHosts } from './facts.ts';
import { HostFrame } from './HostFrame.tsx';

/** How a server is reached, and the two ways to leave it. */
export function HostSettings({ host = '' }: { host?: string }) {
  const known = useHosts().data?.hosts.find(({ name }) => name === host);
  const [asked, setAsked] = useState<'forget' | null>(null);
  const [plan, setPlan] = useState<Output<'hosts.uninstall'> | null>(null);
  const forget = useCommand('hosts.remove', { touches: ['hosts.'] });
  const uninstall = useCommand('hosts.uninstall', { touches: ['hosts.', 'apps.'] });
  const say = useToasts(({ say }) => say);
  const changes = plan?.steps.filter(({ changed }) => changed) ?? [];
  return (
    <HostFrame host={host} actions={<span />}>
      <div className="page narrow">
        <Panel title="How it is reached">
          <div className="inside">
            {known && (
              <Facts
                of={[
                  [
                    'Address',
                    <span key="address" className="mono">
                      {known.address}
                    </span>,
                  ],
                  ['Port', String(known.port)],
                  ['User', known.user],
                  [
                    'Key',
                    <span key="key" className="mono">
                      {known.identity ?? (known.alias === undefined ? 'SSH agent and the usual keys' : 'As ~/.ssh/config says')}
                    </span>,
                  ],
                  ...(known.alias === undefined
                    ? []
                    : [
                        [
                          'From',
                          <span key="alias">
                            <span className="mono">{known.alias}</span> in ~/.ssh/config, read at each connect
                          </span>,
                        ] as const,
                      ]),
                  ['Added', <Time key="added" at={known.addedAt} />],
                ]}
              />
            )}
          </div>
        </Panel>
        <Panel title="Host keys">
          <div className="inside line">
            <p className="grow second">By these this computer tells {host} from anybody who stands in between.</p>
            <Button onClick={() => go(`/hosts/${host}/known-hosts`)}>Show known keys</Button>
          </div>
        </Panel>
        <Panel title="Leave">
          <div className="inside line">
            <p className="grow second">Take ForgeBoard's kit and sudo rule off {host}. Its apps run on.</p>
            <Button working={uninstall.isPending && 'Reading'} onClick={() => uninstall.mutate({ name: host, plan: true }, { onSuccess: setPlan })}>
              Show what would go
            </Button>
          </div>
          <div className="inside line" style={{ borderTop: '1px solid var(--n-5)' }}>
            <p className="grow second">Forget {host} on this computer. The server itself is not touched.</p>
            <Button kind="danger" icon={Trash2} onClick={() => setAsked('forget')}>
              Forget…
            </Button>
          </div>
          {(uninstall.error ?? forget.error) && <Problem failure={(uninstall.error ?? forget.error) as NonNullable<typeof forget.error>} />}
        </Panel>
      </div>
      <Dialog
        title={`Forget ${host}?`}
        open={asked === 'forget'}
        onClose={() => setAsked(null)}
        footer={
          <>
            <span className="small third">Undo: add it again</span>
            <Button data-first onClick={() => setAsked(null)}>
              Keep it
            </Button>
            <Button
              kind="solid"
              working={forget.isPending && 'Forgetting'}
              onClick={() =>
                forget.mutate(
                  { name: host },
                  {
                    onSuccess: () => {
                      say({ tone: 'done', title: `Forgot ${host}` });
                      go('/');
                    },
                  },
                )
              }
            >
              Forget {host}
            </Button>
          </>
        }
      >
        <p className="second">Its address leaves this computer. Its apps run on, and its host key stays known.</p>
      </Dialog>
      <Dialog
        title={changes.length === 0 ? `Nothing of ForgeBoard is on ${host}` : `Take ForgeBoard off ${host}?`}
        open={plan !== null}
        onClose={() => setPlan(null)}
        footer={
          <>
            <span className="small third">Undo: prepare it again</span>
            <Button data-first onClick={() => setPlan(null)}>
              Keep it
            </Button>
            {changes.length > 0 && (
              <Button
                kind="solid"
                working={uninstall.isPending && 'Taking off'}
                onClick={() =>
                  uninstall.mutate(
                    { name: host, yes: true },
                    {
                      onSuccess: () => {
                        setPlan(null);
                        say({ tone: 'done', title: `Took ForgeBoard off ${host}`, text: 'Its apps run on.' });
                      },
                    },
                  )
                }
              >
                Take it off
              </Button>
            )}
          </>
        }
      >
        <ul>
          {changes.map((step) => (
            <li key={step.name} className="second wrap">
              {step.text}
            </li>
          ))}
        </ul>
      </Dialog>
    </HostFrame>
  );
}
