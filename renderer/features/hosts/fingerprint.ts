/** What a pasted line of ssh-keygen says about the key that the server showed. */
export type Compared = 'empty' | 'same' | 'other' | 'no-fingerprint' | 'old-form';

const sha256 = /SHA256:([A-Za-z0-9+/]{43})=?/g;

/**
 * Compares what a person pasted (the whole answer of ssh-keygen -lf, several lines of it, or the bare fingerprint) with the
 * key that answered. One that is cut short is not the same.
 */
export function compareFingerprint(pasted: string, shown: string): Compared {
  const text = pasted.trim();
  if (text === '') return 'empty';
  const plain = shown.replace(/=+$/, '');
  const found = [...text.matchAll(sha256)].map(([, hash]) => `SHA256:${hash}`);
  const bare = /^[A-Za-z0-9+/]{43}=?$/.test(text) ? [`SHA256:${text.replace(/=$/, '')}`] : [];
  const all = [...found, ...bare];
  if (all.length === 0) return /(?:MD5:)?(?:[0-9a-f]{2}:){15}[0-9a-f]{2}/i.test(text) ? 'old-form' : 'no-fingerprint';
  return all.includes(plain) ? 'same' : 'other';
}

/** A fingerprint in groups of four, for eyes. */
export function grouped(fingerprint: string): { kind: string; groups: string[] } {
  const [kind = '', hash = ''] = fingerprint.includes(':') ? fingerprint.split(/:(.*)/s) : ['', fingerprint];
  return { kind, groups: hash.match(/.{1,4}/g) ?? [] };
}
