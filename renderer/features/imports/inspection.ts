import { useEffect, useState } from 'react';
import type { Inspection, InspectionProgress } from '../../../shared/contract/imports.ts';
import { Failure } from '../../../shared/errors.ts';
import { useApi } from '../../lib/context.ts';

export interface Inspected {
  /** What is known so far. */
  inspection: Inspection | null;
  failure: Failure | null;
  /** How long it took; null while it goes on. */
  ms: number | null;
  /** Files and modules read so far; of an archive how far it is unpacked. */
  reading: Exclude<InspectionProgress, { type: 'found' }> | null;
}

const unread: Inspected = { inspection: null, failure: null, ms: null, reading: null };

/** Inspects a folder while the page is open, with the server that it may go to in mind; to leave it is to cancel. */
export function useInspection(folder: string, host: string): Inspected {
  const api = useApi();
  const [known, setKnown] = useState(unread);
  useEffect(() => {
    const abort = new AbortController();
    const from = performance.now();
    // Another server says something else of its packages; the rest stands meanwhile.
    setKnown((before) => ({ ...unread, inspection: before.inspection }));
    api
      .call(
        'imports.inspect',
        { folder, ...(host !== '' && { host }) },
        {
          signal: abort.signal,
          onEvent: (event) => setKnown((before) => (event.type === 'found' ? { ...before, inspection: event.inspection } : { ...before, reading: event })),
        },
      )
      .then((inspection) => setKnown((before) => ({ ...before, inspection, ms: performance.now() - from })))
      .catch((error: unknown) => {
        if (!abort.signal.aborted) setKnown((before) => ({ ...before, failure: error instanceof Failure ? error : new Failure('bug', String(error)) }));
      });
    return () => abort.abort();
  }, [api, folder, host]);
  return known;
}
