import { create } from 'zustand';

export interface Toast {
  id: number;
  tone: 'done' | 'failed' | 'news';
  title: string;
  text?: string | undefined;
  /** One act, and where it leads. */
  act?: { label: string; run: () => void } | undefined;
}

/** News at the bottom right, three at most. The same fact always stands on a page too. */
export const useToasts = create<{ toasts: Toast[]; say: (toast: Omit<Toast, 'id'>) => void; close: (id: number) => void }>((set) => {
  let last = 0;
  return {
    toasts: [],
    say(toast) {
      last += 1;
      const id = last;
      set(({ toasts }) => ({ toasts: [...toasts, { ...toast, id }].slice(-3) }));
    },
    close: (id) => set(({ toasts }) => ({ toasts: toasts.filter((toast) => toast.id !== id) })),
  };
});
