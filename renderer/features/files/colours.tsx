import type { ElementContent, RootContent } from 'hast';
import bash from 'highlight.js/lib/languages/bash';
import css from 'highlight.js/lib/languages/css';
import diff from 'highlight.js/lib/languages/diff';
import dockerfile from 'highlight.js/lib/languages/dockerfile';
import ini from 'highlight.js/lib/languages/ini';
import javascript from 'highlight.js/lib/languages/javascript';
import json from 'highlight.js/lib/languages/json';
import markdown from 'highlight.js/lib/languages/markdown';
import nginx from 'highlight.js/lib/languages/nginx';
import python from 'highlight.js/lib/languages/python';
import sql from 'highlight.js/lib/languages/sql';
import typescript from 'highlight.js/lib/languages/typescript';
import xml from 'highlight.js/lib/languages/xml';
import yaml from 'highlight.js/lib/languages/yaml';
import { createLowlight } from 'lowlight';
import type { ReactNode } from 'react';

const known = createLowlight({ bash, css, diff, dockerfile, ini, javascript, json, markdown, nginx, python, sql, typescript, xml, yaml });

/** By the end of the name; of those that lie under a folder of a known program, by that. */
const languages: readonly (readonly [RegExp, string])[] = [
  [/\.pyw?$/, 'python'],
  [/\.(ya?ml)$/, 'yaml'],
  [/\.(json|webmanifest|ipynb)$/, 'json'],
  [/\.(m?js|cjs|jsx)$/, 'javascript'],
  [/\.tsx?$/, 'typescript'],
  [/\.(css|scss)$/, 'css'],
  [/\.(x?html?|xml|svg|j2|jinja2?)$/, 'xml'],
  [/\.sql$/, 'sql'],
  [/\.(md|markdown)$/, 'markdown'],
  [/\.(diff|patch)$/, 'diff'],
  [/(^|\/)(Dockerfile|Containerfile)[^/]*$/, 'dockerfile'],
  [/\/nginx\//, 'nginx'],
  [/\.(sh|bash|zsh)$|(^|\/)\.(bashrc|profile|bash_profile|zshrc)$/, 'bash'],
  [/\.(toml|ini|cfg|conf|service|timer|socket|path|mount|slice|target|env|properties)$|(^|\/)\.env[^/]*$/, 'ini'],
];
/** Longer ones would hold up the window. */
const longest = 300_000;

/** The text of a file with its parts marked; null where its kind is not known, or it is too long. */
export function colours(path: string, text: string): ReactNode {
  const language = languages.find(([name]) => name.test(path))?.[1] ?? (/^#!.*\b(ba|da|z)?sh\b/.test(text) ? 'bash' : /^#!.*\bpython/.test(text) ? 'python' : undefined);
  return language === undefined || text.length > longest ? null : drawn(known.highlight(language, text).children);
}

const drawn = (nodes: readonly (RootContent | ElementContent)[]): ReactNode[] =>
  nodes.map((node, at) => {
    if (node.type === 'text') return node.value;
    if (node.type !== 'element') return null;
    const names = node.properties.className;
    return (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text never move
      <span key={at} className={Array.isArray(names) ? names.join(' ') : undefined}>
        {drawn(node.children)}
      </span>
    );
  });
