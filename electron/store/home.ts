import { homedir } from 'node:os';
import { join } from 'node:path';

/** The one folder with everything ForgeBoard keeps on this machine. */
export function homeFolder(environment: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  const chosen = environment.FORGEBOARD_HOME;
  if (chosen !== undefined && chosen !== '') return chosen;
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'ForgeBoard');
  if (platform === 'win32') return join(environment.APPDATA ?? join(homedir(), 'AppData', 'Roaming'), 'ForgeBoard');
  return join(environment.XDG_CONFIG_HOME ?? join(homedir(), '.config'), 'forgeboard');
}
