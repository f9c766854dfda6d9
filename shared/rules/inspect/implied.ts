import type { Read } from './env-readers.ts';
import type { Facts } from './facts.ts';
import type { Sheet } from './sheet.ts';

/** Clients that take their key from the environment where they are given none, by the module that they come from. */
const clients: readonly [RegExp, string][] = [
  [
    /^(openai|langchain_openai|langchain\.(llms|chat_models|embeddings)(\.openai)?|llama_index\.(llms|embeddings)\.openai)\.(Async)?(OpenAI|ChatOpenAI|OpenAIEmbeddings|OpenAIEmbedding)$/,
    'OPENAI_API_KEY',
  ],
  [/^(anthropic\.(Async)?Anthropic|langchain_anthropic\.ChatAnthropic)$/, 'ANTHROPIC_API_KEY'],
  [/^(groq\.(Async)?Groq|langchain_groq\.ChatGroq)$/, 'GROQ_API_KEY'],
  [/^langchain_google_genai\.\w+$/, 'GOOGLE_API_KEY'],
  [/^langchain_mistralai\.\w+$/, 'MISTRAL_API_KEY'],
  [/^(langchain_community\.tools\.tavily_search\.\w+|langchain_tavily\.\w+)$/, 'TAVILY_API_KEY'],
  [/^replicate\.run$/, 'REPLICATE_API_TOKEN'],
];

/** Keys that clients read by themselves, where the project's own words name them: nobody sees them in its code. */
export function impliedReads(facts: Facts, sheet: Sheet): Read[] {
  return sheet.calls.flatMap(({ name, call, place }): Read[] => {
    const variable = clients.find(([form]) => form.test(name))?.[1];
    // Another address has another key.
    const isGiven = call.keywords.some((one) => /key|token|base|client|^credentials$/i.test(one.name));
    if (variable === undefined || isGiven || ![...facts.texts.values()].some((text) => text.includes(variable))) return [];
    return [{ name: variable, line: call.line, place, fallback: null, manner: 'hard' }];
  });
}
