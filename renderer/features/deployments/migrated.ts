/** What a rollback does not take back: a database that releases in between changed. */
export const migratedWords = (releases: readonly number[]) =>
  `${releases.length === 1 ? `Release ${releases[0]}` : `Releases ${releases.join(', ')}`} ran commands before ${releases.length === 1 ? 'it' : 'they'} went live. What they did to a database stays.`;
