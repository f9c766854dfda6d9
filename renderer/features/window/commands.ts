import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useApi } from '../../lib/context.ts';
import { go } from '../../lib/router.ts';
import { useFolders } from '../../stores/folders.ts';
import { useOverlays } from '../../stores/overlays.ts';
import { useRuns } from '../../stores/runs.ts';
import { followRun } from '../deployments/running.ts';
import { placeHere } from './keys.ts';

/** What menus and clicked notifications ask for, and what is read again when the backend is back. */
export function useCommands(): void {
  const api = useApi();
  const client = useQueryClient();
  const was = useRef<'up' | 'gone' | 'failed'>('up');
  useEffect(
    () =>
      window.board.onCommand((command) => {
        if (command.startsWith('/')) go(command);
        else if (command === 'settings') go('/settings');
        else if (command === 'palette') useOverlays.getState().show('palette');
        else if (command === 'hosts.add') go('/add');
        else if (command === 'deployments.start') {
          const { host, app } = placeHere();
          useFolders.getState().offer({ folder: null, ...(host !== null && { host }), ...(app !== null && { app }) });
        }
      }),
    [],
  );
  useEffect(
    () =>
      api.onState((state) => {
        const back = was.current !== 'up' && state === 'up';
        was.current = state;
        if (!back) return;
        void client.invalidateQueries();
        // A deployment goes on at its server whatever happens here: its true outcome is asked for.
        for (const [key, run] of Object.entries(useRuns.getState().runs)) {
          if (run.deployment !== null && (run.end === null || run.end.outcome === 'unknown')) followRun({ api, client }, run.host, run.app, run.deployment, key);
        }
      }),
    [api, client],
  );
}
