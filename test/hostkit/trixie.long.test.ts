import { it } from 'vitest';
import { wholeLife } from './whole-life.ts';

// A second image takes half a minute to build, so the other Debian is in the long tier: npm run test:long -- trixie
it('a bare Debian 13 takes packages, a first deploy, a change, a failure and a removal', () => wholeLife('trixie'));
