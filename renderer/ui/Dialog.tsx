import { Dialog as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import './Dialog.css';
import { comeBack, leaveFocus } from './focus.ts';

interface DialogProps {
  title: string;
  open: boolean;
  onClose: () => void;
  children: ReactNode;
  footer?: ReactNode;
  /** For what has long lines, such as a diff. */
  wide?: boolean;
  /** Where the focus goes when it closes, if not back to where it was. */
  back?: () => HTMLElement | null;
  /** Given, the whole is a form and Enter sends it. */
  onSubmit?: () => void;
}

/** A question that stops the rest. Escape closes; the focus goes in, stays in, and returns to where it was. */
export function Dialog({ title, open, onClose, children, footer, wide = false, back, onSubmit }: DialogProps) {
  const inside = (
    <>
      <div className="body">
        <Radix.Title asChild>
          <h2>{title}</h2>
        </Radix.Title>
        {children}
      </div>
      {footer && <footer>{footer}</footer>}
    </>
  );
  return (
    <Radix.Root open={open} onOpenChange={(now) => !now && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="scrim" />
        <Radix.Content
          asChild
          aria-describedby={undefined}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            comeBack(back?.() ?? null);
          }}
          onOpenAutoFocus={(event) => {
            leaveFocus();
            const first = (event.currentTarget as HTMLElement).querySelector<HTMLElement>('[data-first]');
            if (first === null) return;
            event.preventDefault();
            first.focus();
          }}
        >
          <div className={wide ? 'dialog wide' : 'dialog'}>
            {onSubmit === undefined ? (
              inside
            ) : (
              <form
                onSubmit={(event) => {
                  event.preventDefault();
                  onSubmit();
                }}
              >
                {inside}
              </form>
            )}
          </div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
