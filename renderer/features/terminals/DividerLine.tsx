import type { PointerEvent, RefObject } from 'react';
import type { Divider } from '../../lib/layout.ts';
import { useTabs } from '../../stores/tabs.ts';

const step = 0.03;

/** The line between two parts: dragged, or moved by the arrow keys. */
export function DividerLine({ tab, divider, room }: { tab: number; divider: Divider; room: RefObject<HTMLDivElement | null> }) {
  const resize = useTabs(({ resize }) => resize);
  const { way, share, within, path } = divider;
  const beside = way === 'beside';
  const to = (next: number) => resize(tab, path, next);
  const drag = (event: PointerEvent) => {
    const box = room.current?.getBoundingClientRect();
    if (box === undefined || !event.currentTarget.hasPointerCapture(event.pointerId)) return;
    to(beside ? ((event.clientX - box.left) / box.width - within.left) / within.width : ((event.clientY - box.top) / box.height - within.top) / within.height);
  };
  const at = beside
    ? { left: `${(within.left + within.width * share) * 100}%`, top: `${within.top * 100}%`, height: `${within.height * 100}%` }
    : { top: `${(within.top + within.height * share) * 100}%`, left: `${within.left * 100}%`, width: `${within.width * 100}%` };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a line of a page cannot be moved
    <div
      role="separator"
      className={`divider ${way}`}
      style={at}
      tabIndex={0}
      aria-label={beside ? 'Between left and right' : 'Between above and below'}
      aria-orientation={beside ? 'vertical' : 'horizontal'}
      aria-valuenow={Math.round(share * 100)}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={drag}
      onDoubleClick={() => to(0.5)}
      onKeyDown={(event) => {
        const less = event.key === (beside ? 'ArrowLeft' : 'ArrowUp');
        if (event.ctrlKey || !(less || event.key === (beside ? 'ArrowRight' : 'ArrowDown'))) return;
        event.preventDefault();
        to(share + (less ? -step : step));
      }}
    />
  );
}
