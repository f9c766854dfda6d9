import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ParsedKey } from 'ssh2';
import { type Identity, readIdentity } from './identity.ts';

/** The key files that ssh tries by itself where none is named, newest kind first (ssh_config(5), IdentityFile). */
const names = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

/** Those of them that are there and can be used, without the ones that an agent offers already. */
export async function usualKeys(offered: readonly ParsedKey[]): Promise<Identity[]> {
  const found = await Promise.all(
    names.map((name) =>
      readIdentity(join(homedir(), '.ssh', name)).then(
        (identity) => [identity],
        // Absent, or of a kind that is explained where somebody names it: no reason to fail here.
        () => [],
      ),
    ),
  );
  return found.flat().filter(({ publicBlob }) => !offered.some((key) => publicBlob?.equals(key.getPublicSSH()) === true));
}
