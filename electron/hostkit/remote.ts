/**
 * The commands that ForgeBoard has a login shell read for itself, beside three for files (engine/files/remote.ts), all constant: no name, path or value of a user is in
 * them. Everything else goes to the kit as framed JSON on stdin. They mean the same to sh, bash, zsh, fish and csh:
 * inside '...' there is no quote, newline, exclamation mark, nor a backslash before another one or before a quote mark.
 */
export const kitScript = '/usr/local/lib/forgeboard/kit';

/** On stderr: sudo asks for its password. Nothing is sent to it before. */
export const passwordMarker = 'forgekit-password:';
/** On stderr: sudo has let us through and what now comes on stdin is for the kit (serve.py writes the same). */
export const readyMarker = 'forgekit-ready\n';

/** Exit codes of the commands below, where the kit does not even start. */
export const exits = { oldPython: 66, noPython: 67, noSudo: 68 } as const;

/** Before `prepare` nothing is written on a host: the kit comes on stdin and runs from memory. */
const loader = [
  'import io,os,sys',
  `sys.version_info<(3,9) and sys.exit(${exits.oldPython})`,
  String.raw`os.write(2,b\"forgekit-ready\n\")`,
  // A buffer of one byte reads ahead of nothing: what follows belongs to the kit.
  'i=io.BufferedReader(io.FileIO(0,closefd=False),1)',
  'n=i.readline().split()[1]',
  String.raw`w=b\"{\x22want\x22:\x22kit\x22}\"`,
  String.raw`os.write(1,n+b\"J%08x\"%len(w)+w)`,
  'a=i.read(int(i.read(25)[17:],16))[4:]',
  String.raw`f=os.memfd_create(\"forgekit\")`,
  'os.write(f,a)',
  String.raw`sys.path.insert(0,\"/proc/self/fd/%d\"%f)`,
  'from forgekit.serve import main',
  'sys.exit(main(n,a))',
].join(';');

// /usr/bin/python3 by its full path: a user's own one (pyenv) need not be there for root.
const load = (sudo: string) => `[ -x /usr/bin/python3 ] || exit ${exits.noPython}; exec ${sudo}/usr/bin/python3 -IB -c "${loader}"`;

function command(sudo: string, installed: boolean): string {
  return [
    "/bin/sh -c 'export LC_ALL=C",
    ...(sudo === '' ? [] : [`command -v sudo >/dev/null || exit ${exits.noSudo}`]),
    ...(installed ? [`[ -x ${kitScript} ] && exec ${sudo}${kitScript} serve`] : []),
    `${load(sudo)}'`,
  ].join('; ');
}

export type Access = 'root' | 'sudo' | 'sudo-password';

const prefixes: Record<Access, string> = { root: '', sudo: 'sudo -n ', 'sudo-password': `sudo -S -p ${passwordMarker} ` };

/**
 * The command that starts the kit with root's rights: the installed one or, where there is none, one from memory.
 * force: 'loader' passes over an installed kit, because it is damaged.
 */
export function kitCommand(access: Access, force?: 'loader'): string {
  return command(prefixes[access], force === undefined);
}
