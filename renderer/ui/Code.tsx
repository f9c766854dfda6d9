import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import { Button } from './Button.tsx';
import './Code.css';

/** A command to run elsewhere, with a button that copies it. */
export function Command({ text, onCopy }: { text: string; onCopy: (text: string) => void }) {
  const [copied, setCopied] = useState(false);
  return (
    <div className="command">
      <span className="third">$</span>
      <code className="grow wrap">{text}</code>
      <Button
        size="mini"
        icon={copied ? Check : Copy}
        onClick={() => {
          onCopy(text);
          setCopied(true);
          setTimeout(() => setCopied(false), 2_000);
        }}
      >
        {copied ? 'Copied' : 'Copy'}
      </Button>
    </div>
  );
}
