import { X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { type Toast, useToasts } from '../../stores/toasts.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import { Dot } from '../../ui/Status.tsx';

/** News, bottom right. */
export function Toasts() {
  const toasts = useToasts(({ toasts }) => toasts);
  return (
    <section className="toasts" aria-label="News" aria-live="polite">
      {toasts.map((toast) => (
        <One key={toast.id} toast={toast} />
      ))}
    </section>
  );
}

function One({ toast }: { toast: Toast }) {
  const close = useToasts(({ close }) => close);
  const [held, setHeld] = useState(false);
  // What failed stays until it was read.
  useEffect(() => {
    if (held || toast.tone === 'failed') return;
    const timer = setTimeout(() => close(toast.id), 8_000);
    return () => clearTimeout(timer);
  }, [held, toast, close]);
  const { act } = toast;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: only holds its own clock while it is looked at
    <div className="toast" onMouseEnter={() => setHeld(true)} onMouseLeave={() => setHeld(false)} onFocus={() => setHeld(true)} onBlur={() => setHeld(false)}>
      <Dot state={toast.tone === 'failed' ? 'failed' : toast.tone === 'done' ? 'live' : 'kept'} />
      <div className="grow">
        <b className="wrap">{toast.title}</b>
        {toast.text && <p className="small second wrap">{toast.text}</p>}
      </div>
      {act && (
        <Button
          size="mini"
          onClick={() => {
            act.run();
            close(toast.id);
          }}
        >
          {act.label}
        </Button>
      )}
      <IconButton size="mini" icon={X} label="Close" onClick={() => close(toast.id)} />
    </div>
  );
}
