import { createContext, useContext } from 'react';
import type { Api } from './api.ts';

/** The one client of this page; tests give another. */
export const ApiContext = createContext<Api | null>(null);

export function useApi(): Api {
  const api = useContext(ApiContext);
  if (api === null) throw new Error('no api around this component');
  return api;
}
