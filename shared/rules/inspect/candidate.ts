import type { Confidence, Evidence, ImportType } from '../../contract/imports.ts';
import type { Made } from './frameworks.ts';

/** Something that could be what a folder runs. */
export interface Candidate {
  type: ImportType;
  served: Made['served'] | 'script' | 'static';
  /** The file that it stands in. */
  path: string;
  root: string;
  entrypoint: string;
  score: number;
  confidence: Confidence;
  evidence: Evidence[];
}

/** What it costs to lie far from the app's own code, by farness. */
export const penalties = { 0: 0, 1: 25, 2: 100, 3: 200 } as const;

export const depthOf = (path: string): number => path.split('/').length - 1;

/** How a Django project without a wsgi module of its own is served; the settings must be said to it. */
export const djangoItself = 'django.core.wsgi:get_wsgi_application()';
