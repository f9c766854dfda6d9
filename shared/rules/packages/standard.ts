import { compareVersions } from './versions.ts';

/** Modules that come with Python, of every version from 3.9 on. */
const always = new Set(
  (
    'abc argparse array ast asyncio atexit base64 bdb binascii bisect builtins bz2 cProfile calendar cmath cmd code codecs codeop collections colorsys ' +
    'compileall concurrent configparser contextlib contextvars copy copyreg csv ctypes curses dataclasses datetime dbm decimal difflib dis doctest email ' +
    'encodings ensurepip enum errno faulthandler fcntl filecmp fileinput fnmatch fractions ftplib functools gc genericpath getopt getpass gettext glob ' +
    'graphlib grp gzip hashlib heapq hmac html http imaplib importlib inspect io ipaddress itertools json keyword linecache locale logging lzma mailbox ' +
    'marshal math mimetypes mmap modulefinder msvcrt multiprocessing netrc nt ntpath nturl2path numbers opcode operator optparse os pathlib pdb pickle ' +
    'pickletools pkgutil platform plistlib poplib posix posixpath pprint profile pstats pty pwd py_compile pyclbr pydoc pydoc_data pyexpat queue quopri ' +
    'random re readline reprlib resource rlcompleter runpy sched secrets select selectors shelve shlex shutil signal site smtplib socket socketserver ' +
    'sqlite3 sre_compile sre_constants sre_parse ssl stat statistics string stringprep struct subprocess symtable sys sysconfig syslog tabnanny tarfile ' +
    'tempfile termios textwrap threading time timeit tkinter token tokenize trace traceback tracemalloc tty turtle types typing unicodedata ' +
    'unittest urllib uuid venv warnings wave weakref webbrowser winreg winsound wsgiref xml xmlrpc zipapp zipfile zipimport zlib zoneinfo'
  ).split(' '),
);

/** With the version that no longer has them, and the package that brings them back. */
const gone: Record<string, [version: string, instead: string | null]> = {
  asynchat: ['3.12', 'pyasynchat'],
  asyncore: ['3.12', 'pyasyncore'],
  distutils: ['3.12', 'setuptools'],
  imp: ['3.12', null],
  smtpd: ['3.12', null],
  aifc: ['3.13', 'standard-aifc'],
  audioop: ['3.13', 'audioop-lts'],
  cgi: ['3.13', 'legacy-cgi'],
  cgitb: ['3.13', 'legacy-cgi'],
  chunk: ['3.13', 'standard-chunk'],
  crypt: ['3.13', 'legacycrypt'],
  imghdr: ['3.13', 'standard-imghdr'],
  lib2to3: ['3.13', null],
  mailcap: ['3.13', 'standard-mailcap'],
  msilib: ['3.13', null],
  nis: ['3.13', null],
  nntplib: ['3.13', 'standard-nntplib'],
  ossaudiodev: ['3.13', null],
  pipes: ['3.13', 'standard-pipes'],
  sndhdr: ['3.13', 'standard-sndhdr'],
  spwd: ['3.13', null],
  sunau: ['3.13', 'standard-sunau'],
  telnetlib: ['3.13', 'standard-telnetlib'],
  uu: ['3.13', 'standard-uu'],
  xdrlib: ['3.13', 'standard-xdrlib'],
};

/** With the version that brought them. */
const since: Record<string, string> = { tomllib: '3.11', annotationlib: '3.14', compression: '3.14' };

/** Of Python 2: they are no packages either. */
const older = new Set(
  '__builtin__ BaseHTTPServer SimpleHTTPServer Cookie thread md5 sets ConfigParser Queue StringIO cStringIO urllib2 urlparse httplib cPickle Tkinter tkMessageBox HTMLParser SocketServer cookielib xmlrpclib commands exceptions'.split(
    ' ',
  ),
);

/** Whether a module, by its first name, comes with Python. */
export const isStandard = (module: string): boolean =>
  module.startsWith('_') || always.has(module) || Object.hasOwn(gone, module) || Object.hasOwn(since, module) || older.has(module);

/** A module that this version of Python no longer has, with what brings it back; or not yet. Null where it has it. */
export function lackedBy(python: string, module: string): { since: string; instead: string | null; isNew: boolean } | null {
  const left = Object.hasOwn(gone, module) ? gone[module] : undefined;
  if (left !== undefined && compareVersions(python, left[0]) >= 0) return { since: left[0], instead: left[1], isNew: false };
  const came = Object.hasOwn(since, module) ? since[module] : undefined;
  return came !== undefined && compareVersions(python, came) < 0 ? { since: came, instead: module === 'tomllib' ? 'tomli' : null, isNew: true } : null;
}
