import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import { Button, type ButtonProps } from './Button.tsx';

/** Copies a text, and says so for two seconds. `about` names to screen readers what is copied where several such buttons stand. */
export function CopyButton({
  text,
  verb = 'Copy',
  about,
  ...rest
}: { text: string; verb?: string; about?: string } & Omit<ButtonProps, 'icon' | 'children' | 'onClick' | 'aria-label'>) {
  const [copied, setCopied] = useState(false);
  const shown = copied ? 'Copied' : verb;
  return (
    <Button
      {...rest}
      icon={copied ? Check : Copy}
      aria-label={about && `${shown} ${about}`}
      onClick={() => {
        void window.board.copyText(text);
        setCopied(true);
        setTimeout(() => setCopied(false), 2_000);
      }}
    >
      {shown}
    </Button>
  );
}
