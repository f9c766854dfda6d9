import { it } from 'vitest';
import { wholeLife } from './whole-life.ts';

it('a bare Debian 12 takes packages, a first deploy, a change, a failure and a removal', () => wholeLife('bookworm'));
