import type { ImportFinding } from '../../contract/imports.ts';
import { evidenceAt, type Facts, farness } from './facts.ts';
import { eachStatement, meaning, partsOf, textOf, valuesOf } from './sheet.ts';
import type { Value } from './syntax.ts';

const secrets = 'streamlit.secrets';

/** What a Streamlit app takes from its secrets.toml: no variable gives that, and the file does not travel. */
export function streamlitSecrets(facts: Facts): ImportFinding[] {
  const names = new Set<string>();
  const evidence: ImportFinding['evidence'] = [];
  for (const sheet of facts.project.sheets.values()) {
    if (farness(sheet.path) > 1 || !sheet.text.includes('secrets') || facts.project.isOwn('streamlit')) continue;
    eachStatement(sheet.syntax.body, 'top', (statement) => {
      const visit = (value: Value): void => {
        const name = nameIn(value, sheet.bindings);
        if (name !== null && !names.has(name)) {
          names.add(name);
          evidence.push(evidenceAt(facts, sheet.path, statement.line));
        }
        if (name === null) for (const part of partsOf(value)) visit(part);
      };
      for (const value of valuesOf(statement)) visit(value);
    });
  }
  if (names.size === 0) return [];
  const listed = [...names].slice(0, 8).join(', ') + (names.size > 8 ? ` and ${names.size - 8} more` : '');
  const text = `It takes ${listed} from Streamlit's secrets.toml, which stays on this computer: put one on the server, in the app's data folder, as .streamlit/secrets.toml`;
  return [{ severity: 'warning', text, evidence: evidence.slice(0, 5) }];
}

/** st.secrets["NAME"], st.secrets.NAME, st.secrets.get("NAME") */
function nameIn(value: Value, bindings: ReadonlyMap<string, string>): string | null {
  const isSecrets = (of: Value) => meaning(of, bindings) === secrets;
  if (value.kind === 'item') return isSecrets(value.of) ? textOf(value.key) : null;
  if (value.kind === 'call') return value.callee.kind === 'member' && value.callee.name === 'get' && isSecrets(value.callee.of) ? textOf(value.args[0]) : null;
  return value.kind === 'member' && isSecrets(value.of) ? value.name : null;
}
