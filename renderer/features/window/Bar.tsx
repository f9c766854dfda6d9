import { type ReactNode, useEffect } from 'react';

/** The head of a page: what it is about, how that is, and what can be done. Its h1 is the only one. */
export function Bar({
  crumb,
  title,
  children,
  actions,
  tabbed = false,
}: {
  crumb?: readonly [text: string, path: string];
  title: string;
  children?: ReactNode;
  actions?: ReactNode;
  tabbed?: boolean;
}) {
  useEffect(() => {
    document.title = crumb === undefined ? `${title} · ForgeBoard` : `${title} on ${crumb[0]} · ForgeBoard`;
  }, [title, crumb?.[0]]);
  return (
    <header className={tabbed ? 'bar tabbed' : 'bar'}>
      {crumb && (
        <a className="crumb" href={`#${crumb[1]}`}>
          {crumb[0]}
        </a>
      )}
      <h1 title={title}>{title}</h1>
      {children}
      <div className="acts">{actions}</div>
    </header>
  );
}

export interface Tab {
  path: string;
  label: string;
  count?: number | undefined;
}

/** The pages of one thing. They are links: the address says which one is open. */
export function Tabs({ label, tabs, path }: { label: string; tabs: readonly Tab[]; path: string }) {
  // The longest path that the address begins with: a deployment belongs to Deployments.
  const open = [...tabs].filter((tab) => path === tab.path || path.startsWith(`${tab.path}/`)).sort((one, other) => other.path.length - one.path.length)[0];
  return (
    <nav className="tabs" aria-label={label}>
      {tabs.map((tab) => (
        <a key={tab.path} href={`#${tab.path}`} aria-current={tab === open ? 'page' : undefined}>
          {tab.label}
          {tab.count !== undefined && <span className="tiny">{tab.count}</span>}
        </a>
      ))}
    </nav>
  );
}
