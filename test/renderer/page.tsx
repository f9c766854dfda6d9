import { QueryClientProvider } from '@tanstack/react-query';
import { render } from '@testing-library/react';
import { Tooltip } from 'radix-ui';
import { Window } from '../../renderer/features/window/Window.tsx';
import { createApi } from '../../renderer/lib/api.ts';
import { ApiContext } from '../../renderer/lib/context.ts';
import { createQueryClient } from '../../renderer/lib/query.ts';
import { useDrafts } from '../../renderer/stores/drafts.ts';
import { useFolders } from '../../renderer/stores/folders.ts';
import { useForwards } from '../../renderer/stores/forwards.ts';
import { useImports } from '../../renderer/stores/imports.ts';
import { useOverlays } from '../../renderer/stores/overlays.ts';
import { useRuns } from '../../renderer/stores/runs.ts';
import { type Answers, type FakeBoard, fakeBoard, usualAnswers } from './board.ts';

/** The whole window at a place, before servers that answer as told. */
export function openWindow(path: string, answers: Answers = {}): FakeBoard {
  const board = fakeBoard({ ...usualAnswers(), ...answers });
  window.board = board;
  useForwards.setState({ of: [] });
  useRuns.setState({ runs: {} });
  useDrafts.setState({ of: {} });
  useFolders.setState({ pending: null, of: {} });
  useImports.setState({ brought: null, into: null });
  useOverlays.setState({ palette: false, keys: false, rollback: null });
  location.hash = path;
  render(
    <ApiContext value={createApi(board, window)}>
      <QueryClientProvider client={createQueryClient()}>
        <Tooltip.Provider>
          <Window />
        </Tooltip.Provider>
      </QueryClientProvider>
    </ApiContext>,
  );
  return board;
}
