import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import './Banner.css';

/** One line about a server, or about what blocks the page: fact, consequence, act. */
export function Banner({
  tone = 'plain',
  icon: Icon,
  fact,
  children,
  actions,
}: {
  tone?: 'plain' | 'warn' | 'fail' | 'accent';
  icon: LucideIcon;
  fact: string;
  children?: ReactNode;
  actions?: ReactNode;
}) {
  return (
    <div className={`banner ${tone}`} role={tone === 'fail' ? 'alert' : 'status'}>
      <Icon className="icon" strokeWidth={1.8} aria-hidden />
      <p className="wrap">
        <b>{fact}</b> <span className="second">{children}</span>
      </p>
      {actions && <div className="line">{actions}</div>}
    </div>
  );
}
