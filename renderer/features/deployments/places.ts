import type { Run } from './progress.ts';

/** The page of a deployment; before it has a number, the page of what runs now. */
export const placeOf = ({ host, app, deployment }: Pick<Run, 'host' | 'app' | 'deployment'>) => `/hosts/${host}/apps/${app}/deployments/${deployment ?? 'now'}`;
