import type { Deployment } from '../../../shared/contract/apps.ts';
import type { Output } from '../../lib/api.ts';
import { seconds, sentence } from '../../lib/format.ts';
import { go } from '../../lib/router.ts';
import { Tick } from '../../ui/Field.tsx';
import { openable } from '../../ui/rows.ts';
import { Status } from '../../ui/Status.tsx';
import { Time } from '../../ui/Time.tsx';
import { attemptWords, kindWords, outcomeWords } from '../apps/words.ts';
import { RollBackButton } from './Rollback.tsx';

/** What a deployment did, or was to do and why it did not. */
function whatWords({ deployment, kind, changes, outcome, release, target, reason }: Deployment): string {
  if (kind === 'configure' && reason === null) return changes.length === 0 ? kindWords.configure[0].replace(/ of$/, '') : `Changed ${changes.join(', ')}`;
  const to = target ?? (outcome === 'live' || outcome === 'switched-back' ? release : null);
  if (reason !== null) return kind === 'deploy' ? sentence(reason) : `${attemptWords[kind]}${to === null ? '' : ` release ${to}`}: ${reason}`;
  if (outcome === 'unchanged')
    return kind === 'deploy' ? `Release ${release ?? ''} was this very folder` : kind === 'variables' ? 'The variables were so already' : 'It ran already';
  if (outcome === 'live') return kind === 'deploy' ? `Release ${release ?? deployment}` : `${kindWords[kind][0]} release ${release ?? ''}`;
  if (outcome === 'cancelled') return kind === 'deploy' ? 'Stopped before it went live' : `${attemptWords[kind]}${to === null ? '' : ` release ${to}`} was stopped`;
  return kind === 'deploy' ? '' : `${attemptWords[kind]}${to === null ? '' : ` release ${to}`}`;
}

/** The same with what its release was made of, where that is known. */
function What({ deployment, commit }: { deployment: Deployment; commit: Output<'releases.list'>['releases'][number] | undefined }) {
  const words = whatWords(deployment);
  if (deployment.outcome !== 'live' || commit === undefined || commit.commit === null) return words;
  const { commit: id, message } = commit;
  return (
    <>
      <span className="second">{deployment.kind === 'deploy' ? (message ?? words) : words}</span> <span className="mono third">{id.slice(0, 7)}</span>
    </>
  );
}

/** Rows of deployments; the sentence of what went wrong takes the place of what is not known. */
export function DeploymentTable({
  host,
  app,
  live,
  deployments,
  kept,
  releases = [],
  picked = [],
  onPick,
}: {
  host: string;
  app: string;
  /** The deployment that made live what is live. */
  live: number | null;
  deployments: readonly Deployment[];
  /** Releases that are kept, by the deployment whose row offers to roll back to them and to compare them. */
  kept?: ReadonlyMap<number, Output<'releases.list'>['releases'][number]>;
  /** Those that are kept on the server: they know the commit that they were made of. */
  releases?: Output<'releases.list'>['releases'];
  /** Releases that are picked to be compared. */
  picked?: readonly number[];
  onPick?: (release: number) => void;
}) {
  return (
    <table className="table">
      <colgroup>
        {onPick !== undefined && <col style={{ width: 42 }} />}
        <col style={{ width: 60 }} />
        <col style={{ width: 112 }} />
        <col />
        <col style={{ width: kept === undefined ? 112 : 150 }} className="wide-only alone-only" />
        {kept !== undefined && <col style={{ width: 150 }} className="alone-only" />}
        <col style={{ width: 92 }} />
        <col style={{ width: 92 }} className="wide-only" />
      </colgroup>
      <thead className="heard">
        <tr>
          {onPick !== undefined && <th>Compare</th>}
          <th>Number</th>
          <th>Outcome</th>
          <th>What</th>
          <th className="wide-only alone-only">By</th>
          {kept !== undefined && <th className="alone-only">Roll back</th>}
          <th>When</th>
          <th className="wide-only">Took</th>
        </tr>
      </thead>
      <tbody>
        {deployments.map((deployment) => {
          const [state, word] = outcomeWords(deployment, live);
          const release = kept?.get(deployment.deployment);
          const select = release === undefined || onPick === undefined ? undefined : () => onPick(release.release);
          const chosen = release !== undefined && picked.includes(release.release);
          const open = () => go(`/hosts/${host}/apps/${app}/deployments/${deployment.deployment}`);
          return (
            <tr key={deployment.deployment} {...openable(open, `Deployment ${deployment.deployment}, ${word}`, select)} className={chosen ? 'selected' : undefined}>
              {onPick !== undefined && (
                <td className="pick">{select !== undefined && <Tick label={`Compare release ${release?.release}`} checked={chosen} onChecked={select} />}</td>
              )}
              <td>
                <b>{deployment.deployment}</b>
              </td>
              <td>
                <Status state={state}>{word}</Status>
              </td>
              <td className={deployment.reason === null ? 'third' : 'second'} title={deployment.reason === null ? undefined : whatWords(deployment)}>
                <What deployment={deployment} commit={releases.find(({ release }) => release === deployment.release)} />
              </td>
              <td className="second wide-only alone-only">{deployment.actor}</td>
              {kept !== undefined && (
                <td className="alone-only">
                  {release !== undefined && release.state !== 'live' && (
                    <RollBackButton kind="ghost" size="mini" host={host} app={app} release={release.release}>
                      Roll back to {release.release}
                    </RollBackButton>
                  )}
                </td>
              )}
              <td className="third">
                <Time at={deployment.startedAt} />
              </td>
              <td className="number third wide-only">
                {deployment.warm && 'warm '}
                {deployment.ms === null || deployment.outcome === 'unchanged' ? '' : seconds(deployment.ms)}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
