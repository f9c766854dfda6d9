import '@fontsource-variable/inter/index.css';
import '@fontsource/jetbrains-mono/latin-400.css';
import '@fontsource/jetbrains-mono/latin-500.css';
import '@fontsource/jetbrains-mono/latin-600.css';
import './ui/tokens.css';
import './ui/base.css';
import { QueryClientProvider } from '@tanstack/react-query';
import { Tooltip } from 'radix-ui';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Window } from './features/window/Window.tsx';
import { createApi } from './lib/api.ts';
import { ApiContext } from './lib/context.ts';
import { createQueryClient } from './lib/query.ts';
import { dress } from './stores/look.ts';

dress();
const root = document.getElementById('root');
if (root === null) throw new Error('the page has no root');
createRoot(root).render(
  <StrictMode>
    <ApiContext value={createApi(window.board, window)}>
      <QueryClientProvider client={createQueryClient()}>
        <Tooltip.Provider delayDuration={350}>
          <Window />
        </Tooltip.Provider>
      </QueryClientProvider>
    </ApiContext>
  </StrictMode>,
);
