import { utf8Length } from './names.ts';

/** A path on a server, as it is handed to SFTP: PATH_MAX of Linux, and no NUL, which ends a path there. */
export function remotePathRule(path: string): string | null {
  if (path === '') return 'a path is expected';
  if (path.includes('\0')) return 'a path has no NUL character';
  return utf8Length(path) > 4095 ? 'a path has at most 4095 bytes' : null;
}

/** Whether a name that a server gives can be a file's here, in the folder that it is meant for: one component, and no way out. */
export function isPlainName(name: string, platform: string): boolean {
  if (name === '' || name === '.' || name === '..' || /[/\0\ufffd]/.test(name)) return false;
  return platform !== 'win32' || !(/[<>:"\\|?*\p{Cc}]|[ .]$/u.test(name) || /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(name));
}
