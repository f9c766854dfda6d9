import type { ReactNode } from 'react';

/** One setting: what it is, and what it is changed with. */
export function Setting({ name, help, children }: { name: string; help: string; children: ReactNode }) {
  return (
    <div className="setting">
      <div className="grow">
        <div>{name}</div>
        <div className="small third">{help}</div>
      </div>
      {children}
    </div>
  );
}
