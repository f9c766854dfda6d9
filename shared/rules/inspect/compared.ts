import type { Value } from './syntax.ts';

/** What somebody who calls has to know: who is compared with it is let in. */
export const secretWord = /(TOKEN|SECRET|PASSWORD|PASSPHRASE|API_?KEY)$/i;

/** With something that is no constant. */
export const isComparison = (value: Value): boolean =>
  value.kind === 'operation' && /^(==|!=)$/.test(value.operator) && value.parts.every(({ kind }) => kind !== 'text' && kind !== 'constant');
