import { CopyButton } from './CopyButton.tsx';
import './Code.css';

/** A command to run elsewhere, with a button that copies it. */
export function Command({ text }: { text: string }) {
  return (
    <div className="command">
      <span className="third">$</span>
      <code className="grow wrap">{text}</code>
      <CopyButton size="mini" text={text} />
    </div>
  );
}
