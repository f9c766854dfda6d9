import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '../../build/run.ts';
import { type Case, type Truth, truth } from './truth.ts';

/** Cases that the rules were made with, and those that were kept from it, for which no rule is made. */
export type Group = 'cases' | 'held-out';
const folderOf = (group: Group): string => join(root, 'test/corpus', group);

interface Fixture {
  about: string;
  truth: Truth;
  files: { path: string; text: string }[];
}

/** A case is one text: what it is, the truth as JSON on the second line, then `=== path` above each of its files. */
export function parseFixture(text: string): Fixture {
  const [head = '', ...parts] = text.split(/^=== /m);
  const [about = '', said = ''] = head.split('\n');
  const files = parts.map((part) => ({ path: part.slice(0, part.indexOf('\n')), text: part.slice(part.indexOf('\n') + 1) }));
  return { about, truth: truth.parse(JSON.parse(said)), files };
}

export const fixtureNames = (group: Group = 'cases'): string[] => readdirSync(folderOf(group)).map((file) => file.replace(/\.txt$/, ''));

/** Lays the fixtures out as folders below `top`. */
export function layFixtures(top: string, group: Group = 'cases'): Case[] {
  return fixtureNames(group).map((name) => {
    const { files, ...fixture } = parseFixture(readFileSync(join(folderOf(group), `${name}.txt`), 'utf8'));
    for (const { path, text } of files) {
      mkdirSync(dirname(join(top, name, path)), { recursive: true });
      writeFileSync(join(top, name, path), text);
    }
    return { name, folder: join(top, name), ...fixture };
  });
}
