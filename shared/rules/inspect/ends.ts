import { meaning } from './sheet.ts';
import type { Statement, Value } from './syntax.ts';

/** A function that is the program: where it returns, the program ends. */
const programs = /^_?(a?main|async_main|run|start|serve|launch)(_(bot|app|server|worker|all))?$/;

/** Whether a branch gives up: it raises, ends the program, or returns from the function that is the program. */
export function endsThere(body: readonly Statement[], within: string | null = null): boolean {
  return body.some(
    (one) =>
      one.kind === 'raise' ||
      (one.kind === 'expression' &&
        one.value.kind === 'call' &&
        /^((sys\.)?(exit|quit|_exit|abort)|(st|streamlit)\.stop)$/.test(meaning(one.value.callee, new Map()).replace(/^os\./, ''))) ||
      (one.kind === 'return' && within !== null && programs.test(within) && (one.value === null || one.value.kind === 'constant')),
  );
}

/** The parts of a test that ends the program: missing, it ends; present, it only says that something else is needed; and what is neither. */
export interface Ending {
  missing: Value[];
  present: Value[];
}

const nothing = (value: Value | undefined): boolean => (value?.kind === 'constant' && /^(None|0|False)$/.test(value.text)) || (value?.kind === 'text' && value.text === '');

/** Takes a test apart, as its truth ends the program. */
export function endingOf(test: Value, denied = false): Ending {
  const whole = (isMissing: boolean): Ending => (isMissing ? { missing: [test], present: [] } : { missing: [], present: [test] });
  if (test.kind === 'call') {
    const name = meaning(test.callee, new Map());
    if ((name === 'all' && denied) || (name === 'any' && !denied)) return { missing: test.args, present: [] };
    return whole(denied);
  }
  if (test.kind !== 'operation') return whole(denied);
  const { operator, parts } = test;
  const [first, second] = parts;
  if (operator === 'not') return first === undefined ? whole(false) : endingOf(first, !denied);
  if (operator === 'and' || operator === 'or') {
    const found = parts.map((part) => endingOf(part, denied));
    const isEvery = (operator === 'and') !== denied;
    const missing = found.flatMap((one) => one.missing);
    const present = found.flatMap((one) => one.present);
    // Where two must be missing, one of them will do.
    return isEvery && found.filter((one) => one.missing.length > 0).length > 1 ? { missing: [], present: [...missing, ...present] } : { missing, present };
  }
  if (/^(is|==)( not)?$|^!=$/.test(operator) && (nothing(second) || nothing(first))) {
    const isEqual = operator === 'is' || operator === '==';
    const asked = nothing(second) ? first : second;
    return asked === undefined ? whole(false) : isEqual !== denied ? { missing: [asked], present: [] } : { missing: [], present: [asked] };
  }
  if (operator === 'in' && nothing(first) && second !== undefined) return denied ? { missing: [], present: [second] } : { missing: [second], present: [] };
  if (operator === 'not in' || operator === 'in') return whole((operator === 'not in') !== denied);
  return whole(false);
}
