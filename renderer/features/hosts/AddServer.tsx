import { Check, Info } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { Output } from '../../lib/api.ts';
import { useCommand, useOperation } from '../../lib/query.ts';
import { useApi } from '../../lib/context.ts';
import { go } from '../../lib/router.ts';
import { Failure } from '../../../shared/errors.ts';
import { Banner } from '../../ui/Banner.tsx';
import { Button } from '../../ui/Button.tsx';
import { Problem } from '../../ui/Panel.tsx';
import { NoApps } from '../apps/AppsPage.tsx';
import { Bar } from '../window/Bar.tsx';
import { Checkup, useCheckup } from './Checkup.tsx';
import { Fingerprint } from './Fingerprint.tsx';
import { Prepare } from './Prepare.tsx';
import { type Chosen, ServerChoice } from './ServerChoice.tsx';
import './AddServer.css';

const steps = ['Server', 'Fingerprint', 'Check-up', 'Prepare', 'First app'] as const;
type StepName = (typeof steps)[number];

/** From an address to a server that is ready for apps. It looks first, and changes nothing before a plan was agreed to. */
export function AddServer() {
  const api = useApi();
  const [step, setStep] = useState<StepName>('Server');
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [key, setKey] = useState<Output<'hosts.probe'> | null>(null);
  const [working, setWorking] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const add = useCommand('hosts.add', { touches: ['hosts.list', 'hosts.suggest'] });

  const fail = (error: unknown) => setFailure(error instanceof Failure ? error : new Failure('bug', String(error)));
  const signIn = async (server: Chosen, fingerprint: string) => {
    setFailure(null);
    try {
      await add.mutateAsync({ name: server.name, address: server.alias ?? server.address, fingerprint, ...(server.identity !== null && { identity: server.identity }) });
      setStep('Check-up');
    } catch (error) {
      fail(error);
      if (error instanceof Failure && (error.field === 'name' || error.field === 'address' || error.field === 'identity')) setStep('Server');
    }
  };
  const connect = async (server: Chosen) => {
    setChosen(server);
    setFailure(null);
    setWorking(true);
    try {
      const probed = await api.call('hosts.probe', { address: server.alias ?? server.address });
      setKey(probed);
      if (probed.verdict === 'known') await signIn(server, probed.fingerprint);
      else setStep('Fingerprint');
    } catch (error) {
      fail(error);
    }
    setWorking(false);
  };

  // Each step takes the last one's button away: the focus goes to its beginning, not to nowhere.
  const page = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (step !== 'Server' && document.activeElement === document.body) page.current?.focus();
  }, [step]);

  return (
    <>
      <Bar title="Add a server" actions={<Progress at={step} />} />
      <div className="page narrow add" key={step} ref={page} tabIndex={-1}>
        {step === 'Server' && <ServerChoice onChosen={(server) => void connect(server)} working={working} failure={failure} before={chosen} />}
        {step === 'Fingerprint' && chosen && key && (
          <Fingerprint
            server={chosen}
            probed={key}
            working={add.isPending}
            onTrust={() => void signIn(chosen, key.fingerprint)}
            onRefuse={() => {
              setStep('Server');
              setFailure(null);
            }}
          >
            {failure && (
              <section className="panel">
                <Problem failure={failure} />
              </section>
            )}
          </Fingerprint>
        )}
        {step === 'Check-up' && chosen && <CheckupStep host={chosen.name} notes={add.data?.notes ?? []} onNext={setStep} />}
        {step === 'Prepare' && chosen && <PrepareStep host={chosen.name} onNext={setStep} />}
        {step === 'First app' && chosen && <FirstApp host={chosen.name} />}
      </div>
    </>
  );
}

function Progress({ at }: { at: StepName }) {
  const position = steps.indexOf(at);
  return (
    <ol className="add-steps">
      {steps.map((step, index) => (
        <li key={step} aria-current={step === at ? 'step' : undefined}>
          {index < position ? <Check className="icon s is-live" aria-label="Done:" /> : <i aria-hidden />}
          {step}
        </li>
      ))}
    </ol>
  );
}

function CheckupStep({ host, notes, onNext }: { host: string; notes: string[]; onNext: (step: StepName) => void }) {
  const checkup = useCheckup(host);
  const { ready, prepared } = checkup.data ?? {};
  return (
    <>
      <div>
        <h2 className="question">
          {checkup.data === undefined ? `Looking at ${host}` : ready ? (prepared ? `${host} is ready` : `${host} can run your apps`) : `${host} needs something first`}
        </h2>
        <p className="second">
          {ready === false ? 'Mend what is marked, then check again. Nothing was changed.' : 'You are signed in. This only looked; nothing on the server was changed.'}
        </p>
      </div>
      <Checkup host={host} all />
      {notes.length > 0 && (
        <Banner icon={Info} fact="Of your ~/.ssh/config:">
          {notes.join('. ')}.
        </Banner>
      )}
      <div className="add-foot">
        <Button size="large" onClick={() => go(`/hosts/${host}`)}>
          Later
        </Button>
        <Button
          kind="primary"
          size="large"
          off={checkup.data === undefined ? 'The check-up is under way' : ready === false && 'The check-up found something in the way'}
          onClick={() => onNext(prepared ? 'First app' : 'Prepare')}
        >
          {prepared ? 'Next: the first app' : 'Show the plan'}
        </Button>
      </div>
    </>
  );
}

function PrepareStep({ host, onNext }: { host: string; onNext: (step: StepName) => void }) {
  return (
    <>
      <div>
        <h2 className="question">Prepare {host}?</h2>
        <p className="second">This is all that changes. Doing it again changes nothing, and it can be taken out.</p>
      </div>
      <Prepare host={host} ready onDone={() => onNext('First app')} />
      <div className="add-foot">
        <Button kind="ghost" onClick={() => go(`/hosts/${host}`)}>
          Not now
        </Button>
      </div>
    </>
  );
}

function FirstApp({ host }: { host: string }) {
  const hosts = useOperation('hosts.list', {}, { keep: true });
  return (
    <>
      <div>
        <h2 className="question">{host} is ready</h2>
        <p className="second">{hosts.data?.hosts.length === 1 ? 'Your first server is prepared. Now its first app.' : 'It is prepared. Now its first app.'}</p>
      </div>
      <section className="panel" aria-label="First app">
        <NoApps host={host} kind="primary" />
      </section>
      <div className="add-foot">
        <Button size="large" onClick={() => go(`/hosts/${host}`)}>
          Show the server
        </Button>
      </div>
    </>
  );
}
