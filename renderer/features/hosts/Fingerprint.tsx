import { CircleCheck, CircleX, ShieldAlert } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import type { Output } from '../../lib/api.ts';
import { Banner } from '../../ui/Banner.tsx';
import { Button } from '../../ui/Button.tsx';
import { Command } from '../../ui/Code.tsx';
import { Field } from '../../ui/Field.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { compareFingerprint, grouped } from './fingerprint.ts';

type Probed = Output<'hosts.probe'>;

interface FingerprintProps {
  server: { name: string; address: string };
  probed: Probed;
  working?: boolean;
  /** Without it there is no way on: a changed key is only compared. */
  onTrust?: () => void;
  onRefuse: () => void;
  children?: ReactNode;
}

/** Whether the key that answered is the server's own. */
export function Fingerprint({ server, probed, working = false, onTrust, onRefuse, children }: FingerprintProps) {
  const [pasted, setPasted] = useState('');
  const compared = compareFingerprint(pasted, probed.fingerprint);
  const address = server.address.replace(/^[^@]*@/, '');
  const bad = probed.verdict === 'changed' || probed.verdict === 'revoked';
  return (
    <>
      <div>
        <h2 className="question">{bad ? `${server.name} shows a different key` : 'Is this really your server?'}</h2>
        <p className="second">
          {bad ? (
            <>
              <b>{address}</b>{' '}
              {probed.verdict === 'changed'
                ? 'does not show the key that this computer knows. It may have been installed anew, or somebody may stand in between.'
                : 'shows a key that was revoked on this computer.'}{' '}
              ForgeBoard has not signed in.
            </>
          ) : (
            <>
              You have never connected to <b>{address}</b> from this computer. It shows the key below; nothing secret has been sent.
            </>
          )}
        </p>
      </div>
      {bad && (
        <Banner tone="fail" icon={ShieldAlert} fact="There is no way on from here.">
          Ask whoever runs it whether the key was changed. If so, take the old line out with{' '}
          <code className="chip mono">{`ssh-keygen -R ${quoted(knownName(address))} -f ${quoted(probed.file)}`}</code> and connect again.
        </Banner>
      )}
      <section className="panel inside" aria-label="The key that answered">
        <p className="small third">
          {server.name} answered with this {probed.type.replace(/^ssh-/, '').toUpperCase()} key
        </p>
        <Key fingerprint={probed.fingerprint} />
        {probed.before.map((before) => (
          <div key={before}>
            <p className="small third" style={{ marginTop: 8 }}>
              Known here until now
            </p>
            <Key fingerprint={before} />
          </div>
        ))}
      </section>
      <Panel title="Compare it with what the server says">
        <div className="inside" style={{ display: 'grid', gap: 12 }}>
          <p className="second">Open the console on your provider's web page, run this, and compare the line that ends in {probed.type.replace(/^ssh-/, '').toUpperCase()}.</p>
          <Command text={probed.command} />
          <Field
            label="Or paste its answer here, and ForgeBoard compares for you"
            mono
            placeholder="256 SHA256:… root@server (ED25519)"
            value={pasted}
            onValue={setPasted}
            {...(compared === 'same' && { state: 'right' as const })}
            wrong={
              compared === 'other'
                ? 'A different key. This is not the server that you ran the command on, or somebody stands in between'
                : compared === 'old-form'
                  ? 'This is an MD5 fingerprint. Run the command above, which prints SHA256'
                  : compared === 'no-fingerprint'
                    ? 'There is no SHA256 fingerprint in this'
                    : null
            }
            word={
              compared === 'same' ? (
                <span className="status is-live">
                  <CircleCheck className="icon is-live" aria-hidden /> Same key
                </span>
              ) : compared === 'other' ? (
                <span className="status is-fail">
                  <CircleX className="icon is-fail" aria-hidden /> Other key
                </span>
              ) : undefined
            }
          />
        </div>
      </Panel>
      {!bad && (
        <details>
          <summary className="second small">I have no console to look at</summary>
          <p className="second small" style={{ padding: '6px 0 0 14px' }}>
            Ask whoever set the server up for its fingerprint, or look into the mail or page of your provider: many show it. Signing in without comparing is safe only where nobody
            can stand between you and the server, such as your own network.
          </p>
        </details>
      )}
      {children}
      <div className="add-foot">
        {!bad && <span className="small third wrap">Remembered in {probed.file}. If it ever changes, ForgeBoard refuses to connect.</span>}
        <Button size="large" onClick={onRefuse}>
          {bad ? 'Back' : 'Not my server'}
        </Button>
        {!bad && onTrust && (
          <Button kind="primary" size="large" working={working && 'Signing in'} off={compared === 'other' && 'What you pasted is a different key'} onClick={onTrust}>
            It is my server, sign in
          </Button>
        )}
      </div>
    </>
  );
}

function Key({ fingerprint }: { fingerprint: string }) {
  const { kind, groups } = grouped(fingerprint);
  return (
    <p className="fingerprint" role="img" aria-label={fingerprint}>
      <span className="kind">{kind}:</span>
      {groups.map((group, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: groups of one text
        <span key={index}>{group}</span>
      ))}
    </p>
  );
}

/** How known_hosts files call it: with its port where that is not 22. */
function knownName(address: string): string {
  const [, inner, plain, port = '22'] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(address) ?? [];
  const host = inner ?? plain ?? address;
  return port === '22' ? host : `[${host}]:${port}`;
}

const quoted = (text: string): string => (/[\s[\]]/.test(text) ? `"${text}"` : text);
