import { useState } from 'react';
import type { Question } from '../../../shared/contract/questions.ts';
import { visible } from '../../../shared/rules/visible.ts';
import type { Answer } from '../../lib/api.ts';
import { useQuestions } from '../../stores/questions.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Checkbox, Field } from '../../ui/Field.tsx';

type Secret = Extract<Question, { subject: string }>;

/** Whatever the backend has to ask in the middle of something: a secret, or a decision. One at a time. */
export function Questions() {
  const [asked] = useQuestions(({ waiting }) => waiting);
  if (asked === undefined) return null;
  const { question, answer } = asked;
  return question.kind === 'confirm' ? <Decision key={asked.id} question={question} answer={answer} /> : <SecretForm key={asked.id} question={question} answer={answer} />;
}

function Decision({ question, answer }: { question: Extract<Question, { kind: 'confirm' }>; answer: (answer: Answer) => void }) {
  const grave = /^(Remove|Delete|Uninstall|Take)/.test(question.verb);
  return (
    <Dialog
      title={question.text}
      open
      onClose={() => answer({ value: false })}
      footer={
        <>
          <Button data-first onClick={() => answer({ value: false })}>
            {grave ? 'Keep it' : 'Not now'}
          </Button>
          <Button kind={grave ? 'solid' : 'primary'} onClick={() => answer({ value: true })}>
            {question.verb}
          </Button>
        </>
      }
    >
      {question.lines.filter(Boolean).map((line) => (
        <p key={line} className="second wrap">
          {line}
        </p>
      ))}
    </Dialog>
  );
}

const names = { passphrase: 'Passphrase', password: 'Password', 'sudo-password': 'Password for sudo', code: 'Code', value: 'Value' } as const;

/** The typed secret lives in this form only, and is gone with it. */
function SecretForm({ question, answer }: { question: Secret; answer: (answer: Answer) => void }) {
  const [value, setValue] = useState('');
  const [remember, setRemember] = useState(false);
  const keyring = question.remember;
  const name = names[question.kind];
  return (
    <Dialog
      title={`${name} for ${question.hop ?? question.host}`}
      open
      onClose={() => answer({ value: null })}
      onSubmit={() => value !== '' && answer({ value, ...(keyring !== undefined && { remember }) })}
      footer={
        <>
          <Button onClick={() => answer({ value: null })}>Cancel</Button>
          <Button kind="primary" type="submit" off={value === '' && 'Type it first'}>
            Continue
          </Button>
        </>
      }
    >
      {question.hop !== undefined && <p className="second wrap">{question.host} is reached through this server.</p>}
      <p className="second wrap">{question.kind === 'code' ? `The server asks: “${visible(question.subject)}”` : `It opens ${question.subject}.`}</p>
      <Field data-first label={name} type="password" value={value} onValue={setValue} wrong={question.attempt > 1 ? 'That was not it' : null} />
      {keyring !== undefined &&
        (keyring.reason === null ? (
          <Checkbox checked={remember} onChecked={setRemember}>
            Remember in the keyring
          </Checkbox>
        ) : (
          <p className="small third wrap">It is used now and not kept: {keyring.reason}</p>
        ))}
    </Dialog>
  );
}
