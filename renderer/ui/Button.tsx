import type { LucideIcon } from 'lucide-react';
import type { ComponentProps, ReactNode } from 'react';
import './Button.css';
import { Dot } from './Status.tsx';
import { Tip } from './Tip.tsx';

export interface ButtonProps extends Omit<ComponentProps<'button'>, 'disabled' | 'children'> {
  kind?: 'primary' | 'plain' | 'ghost' | 'danger' | 'solid';
  size?: 'mini' | 'usual' | 'large';
  icon?: LucideIcon;
  /** The verb while it works: "Saving". The button keeps its place and cannot be pressed twice. */
  working?: string | false | undefined;
  /** Why it is off. It stays reachable by keyboard, and says this. */
  off?: string | false | undefined;
  children?: ReactNode;
}

/** One act. At most one primary on a page. */
export function Button({ kind = 'plain', size = 'usual', icon: Icon, working, off, children, className, onClick, type = 'button', ...rest }: ButtonProps) {
  const still = Boolean(working) || Boolean(off);
  const button = (
    <button
      {...rest}
      type={type}
      className={['button', kind, size, !children && 'square', className].filter(Boolean).join(' ')}
      aria-disabled={still || undefined}
      onClick={(event) => (still ? event.preventDefault() : onClick?.(event))}
    >
      {working ? <Dot state="deploying" /> : Icon && <Icon className="icon s" strokeWidth={1.8} aria-hidden />}
      {working || children}
    </button>
  );
  return off ? <Tip text={off}>{button}</Tip> : button;
}

/** A button that is only an icon; its name is its tooltip. */
export function IconButton({ label, kind = 'ghost', ...rest }: Omit<ButtonProps, 'children' | 'aria-label'> & { label: string; icon: LucideIcon }) {
  return (
    <Tip text={label}>
      <Button {...rest} kind={kind} aria-label={label} />
    </Tip>
  );
}
