/*
 * Packages that Python alone does not make work, with Debian's names for what they need. `build` is what compiling takes,
 * beside a compiler and Python's headers; `run` what must be there in any case; `ready` the package of the same modules that
 * comes compiled, or the first version that does.
 */
export interface Native {
  build?: readonly string[];
  run?: readonly string[];
  /** It never comes compiled for Linux. */
  isSource?: true;
  /** What to name instead, that comes compiled. */
  instead?: string;
  /** The first version that comes compiled. */
  readyFrom?: string;
}

export const natives: Record<string, Native> = {
  psycopg2: { isSource: true, build: ['libpq-dev'], run: ['libpq5'], instead: 'psycopg2-binary' },
  psycopg: { run: ['libpq5'], instead: 'psycopg[binary]' },
  mysqlclient: { isSource: true, build: ['default-libmysqlclient-dev', 'pkg-config'], instead: 'PyMySQL' },
  mariadb: { isSource: true, build: ['libmariadb-dev'] },
  'python-ldap': { isSource: true, build: ['libldap2-dev', 'libsasl2-dev'], instead: 'ldap3' },
  'django-auth-ldap': { build: ['libldap2-dev', 'libsasl2-dev'] },
  uwsgi: { isSource: true },
  'mod-wsgi': { isSource: true, build: ['apache2-dev'] },
  pycairo: { isSource: true, build: ['libcairo2-dev', 'pkg-config'] },
  pygobject: { isSource: true, build: ['libgirepository1.0-dev', 'libcairo2-dev', 'pkg-config'] },
  'dbus-python': { isSource: true, build: ['libdbus-1-dev', 'libglib2.0-dev', 'pkg-config'] },
  pycups: { isSource: true, build: ['libcups2-dev'] },
  pylibmc: { isSource: true, build: ['libmemcached-dev', 'zlib1g-dev'], instead: 'pymemcache' },
  pyaudio: { isSource: true, build: ['portaudio19-dev'] },
  sounddevice: { run: ['libportaudio2'] },
  dlib: { isSource: true, build: ['cmake', 'libopenblas-dev', 'liblapack-dev'] },
  'face-recognition': { build: ['cmake', 'libopenblas-dev', 'liblapack-dev'] },
  'llama-cpp-python': { isSource: true, build: ['cmake'] },
  pygraphviz: { isSource: true, build: ['libgraphviz-dev', 'pkg-config'], run: ['graphviz'] },
  graphviz: { run: ['graphviz'] },
  pydot: { run: ['graphviz'] },
  gdal: { isSource: true, build: ['libgdal-dev'] },
  m2crypto: { isSource: true, build: ['libssl-dev', 'swig'] },
  'libvirt-python': { isSource: true, build: ['libvirt-dev', 'pkg-config'] },
  pysqlcipher3: { isSource: true, build: ['libsqlcipher-dev'] },
  pykerberos: { isSource: true, build: ['libkrb5-dev'] },
  gssapi: { isSource: true, build: ['libkrb5-dev'] },
  'requests-kerberos': { build: ['libkrb5-dev'] },
  'systemd-python': { isSource: true, build: ['libsystemd-dev', 'pkg-config'] },
  pyscard: { isSource: true, build: ['libpcsclite-dev', 'swig'] },
  'python-snappy': { readyFrom: '0.7', build: ['libsnappy-dev'] },
  'rpi-gpio': { isSource: true },
  bluepy: { isSource: true, build: ['libglib2.0-dev'] },
  pybluez: { isSource: true, build: ['libbluetooth-dev'] },
  fasttext: { isSource: true },
  tesserocr: { build: ['libtesseract-dev', 'libleptonica-dev', 'pkg-config'] },
  pycrypto: { isSource: true, instead: 'pycryptodome' },
  'mysql-python': { isSource: true, build: ['default-libmysqlclient-dev'], instead: 'mysqlclient' },
  xmlsec: { readyFrom: '1.3.14', build: ['libxml2-dev', 'libxmlsec1-dev', 'pkg-config'] },
  pysaml2: { run: ['xmlsec1'] },
  pycurl: { readyFrom: '7.45.3', build: ['libcurl4-openssl-dev', 'libssl-dev'] },
  pyodbc: { readyFrom: '4.0.34', build: ['unixodbc-dev'], run: ['unixodbc'] },
  aioodbc: { run: ['unixodbc'] },
  'mssql-django': { run: ['unixodbc'] },
  pymssql: { readyFrom: '2.1', build: ['freetds-dev'] },
  weasyprint: { run: ['libpango-1.0-0', 'libpangoft2-1.0-0', 'libharfbuzz-subset0'] },
  cairosvg: { run: ['libcairo2'] },
  cairocffi: { run: ['libcairo2'] },
  'python-magic': { run: ['libmagic1'] },
  pyzbar: { run: ['libzbar0'] },
  pyvips: { run: ['libvips42'] },
  wand: { run: ['libmagickwand-dev'] },
  pyenchant: { run: ['libenchant-2-2'] },
  pyudev: { run: ['libudev1'] },
  'opencv-python': { run: ['libgl1', 'libglib2.0-0'], instead: 'opencv-python-headless' },
  'opencv-contrib-python': { run: ['libgl1', 'libglib2.0-0'], instead: 'opencv-contrib-python-headless' },
  pytesseract: { run: ['tesseract-ocr'] },
  ocrmypdf: { run: ['tesseract-ocr', 'ghostscript'] },
  pdf2image: { run: ['poppler-utils'] },
  pdftotext: { isSource: true, build: ['libpoppler-cpp-dev', 'pkg-config'] },
  'camelot-py': { run: ['ghostscript'] },
  pdfkit: { run: ['wkhtmltopdf'] },
  imgkit: { run: ['wkhtmltopdf'] },
  'django-wkhtmltopdf': { run: ['wkhtmltopdf'] },
  pypandoc: { run: ['pandoc'] },
  'ffmpeg-python': { run: ['ffmpeg'] },
  pydub: { run: ['ffmpeg'] },
  'openai-whisper': { run: ['ffmpeg'] },
  selenium: { run: ['chromium-driver'] },
  pyppeteer: { run: ['chromium'] },
};

/** What a package needs by its normal name and extras; null where Python alone is enough. */
export function nativeOf(name: string, extras: readonly string[] = []): Native | null {
  if (name === 'psycopg' && extras.includes('binary')) return null;
  if (name === 'psycopg' && extras.includes('c')) return { isSource: true, build: ['libpq-dev'], instead: 'psycopg[binary]' };
  return Object.hasOwn(natives, name) ? (natives[name] ?? null) : null;
}

/** All of Debian's packages that are named above, with what compiling takes in any case. */
export const debianPackages: readonly string[] = [
  ...new Set(['build-essential', 'python3-dev', ...Object.values(natives).flatMap(({ build = [], run = [] }) => [...build, ...run])]),
].flatMap((name) =>
  // Those with 64 bits of time have a name of their own in newer releases.
  /^lib.*\d$/.test(name) ? [name, `${name}t64`] : [name],
);

/** Of packages that are compiled for each version of Python: the first version that was, by Python. */
const ready: Record<string, Record<string, string>> = {
  numpy: { '3.9': '1.19.3', '3.10': '1.21.3', '3.11': '1.23.3', '3.12': '1.26.0', '3.13': '2.1.0' },
  pandas: { '3.10': '1.3.4', '3.11': '1.5.1', '3.12': '2.1.1', '3.13': '2.2.3' },
  scipy: { '3.10': '1.7.2', '3.11': '1.9.3', '3.12': '1.11.2', '3.13': '1.14.1' },
  'scikit-learn': { '3.10': '1.0.1', '3.11': '1.1.3', '3.12': '1.3.1', '3.13': '1.5.2' },
  matplotlib: { '3.10': '3.5.0', '3.11': '3.6.2', '3.12': '3.8.0', '3.13': '3.9.2' },
  pillow: { '3.9': '8.0.0', '3.10': '8.4.0', '3.11': '9.3.0', '3.12': '10.1.0', '3.13': '11.0.0' },
  lxml: { '3.9': '4.6.1', '3.10': '4.6.4', '3.11': '4.9.2', '3.12': '4.9.3', '3.13': '5.3.0' },
  'psycopg2-binary': { '3.9': '2.8.6', '3.10': '2.9.2', '3.11': '2.9.5', '3.12': '2.9.9', '3.13': '2.9.10' },
  'pydantic-core': { '3.12': '2.4.0', '3.13': '2.20.0' },
  aiohttp: { '3.9': '3.7.3', '3.10': '3.8.0', '3.11': '3.8.3', '3.12': '3.9.0', '3.13': '3.10.6' },
  gevent: { '3.10': '21.8.0', '3.11': '22.10.1', '3.12': '23.9.0', '3.13': '24.10.1' },
  greenlet: { '3.10': '1.1.2', '3.11': '2.0.0', '3.12': '3.0.0', '3.13': '3.1.0' },
  cffi: { '3.10': '1.15.0', '3.11': '1.15.1', '3.12': '1.16.0', '3.13': '1.17.1' },
  pyyaml: { '3.9': '5.4', '3.10': '6.0', '3.11': '6.0', '3.12': '6.0.1', '3.13': '6.0.2' },
  asyncpg: { '3.10': '0.25.0', '3.11': '0.27.0', '3.12': '0.29.0', '3.13': '0.30.0' },
  grpcio: { '3.10': '1.41.1', '3.11': '1.49.1', '3.12': '1.59.0', '3.13': '1.66.2' },
  torch: { '3.9': '1.7.1', '3.10': '1.11.0', '3.11': '2.0.0', '3.12': '2.2.0', '3.13': '2.5.0' },
  tensorflow: { '3.9': '2.5.0', '3.10': '2.8.0', '3.11': '2.12.0', '3.12': '2.16.1', '3.13': '2.20.0' },
};

/** The first version of a package that comes compiled for this Python, like 3.11; null where that is not known. */
export const readyFor = (name: string, python: string): string | null => ready[name]?.[python.split('.').slice(0, 2).join('.')] ?? null;

/** Libraries by the beginnings of their files' names, with Debian's names for them. */
const libraries: [RegExp, string[], string | null][] = [
  [/^libGL$|^libgthread/, ['libgl1', 'libglib2.0-0'], 'opencv-python-headless'],
  [/^libglib-2|^libgobject-2|^gobject-2/, ['libglib2.0-0', 'libpango-1.0-0', 'libpangoft2-1.0-0'], null],
  [/^(lib)?pango/, ['libpango-1.0-0', 'libpangoft2-1.0-0'], null],
  [/^(lib)?cairo/, ['libcairo2'], null],
  [/^libpq$/, ['libpq5'], 'psycopg2-binary'],
  [/^libmysqlclient|^libmariadb/, ['libmariadb3'], null],
  [/^libmagic/, ['libmagic1'], null],
  [/^libodbc/, ['unixodbc'], null],
  [/^libzbar/, ['libzbar0'], null],
  [/^libvips/, ['libvips42'], null],
  [/^libgomp/, ['libgomp1'], null],
  [/^libxml2/, ['libxml2'], null],
  [/^libxslt/, ['libxslt1.1'], null],
  [/^libSM$/, ['libsm6'], null],
  [/^libXext/, ['libxext6'], null],
  [/^libXrender/, ['libxrender1'], null],
  [/^libsndfile/, ['libsndfile1'], null],
  [/^libportaudio/, ['libportaudio2'], null],
  [/^libopus/, ['libopus0'], null],
  [/^libgdal/, ['libgdal-dev'], null],
  [/^libgeos/, ['libgeos-dev'], null],
  [/^libldap/, ['libldap2-dev'], null],
  [/^libsnappy/, ['libsnappy1v5'], null],
  [/^libenchant/, ['libenchant-2-2'], null],
  [/^libMagickWand/, ['libmagickwand-dev'], null],
  [/^libnss3|^libatk|^libgbm/, ['libnss3', 'libatk-bridge2.0-0', 'libgbm1'], null],
];

/** Debian's packages for a shared library, and a Python package that does without; null where they are not known. */
export function debianOf(library: string): { names: string[]; instead: string | null } | null {
  const found = libraries.find(([pattern]) => pattern.test(library));
  return found === undefined ? null : { names: found[1], instead: found[2] };
}

/** Made for Windows or macOS alone: pip finds nothing of them for Linux. */
export const otherSystems = new Set(['pywin32', 'pypiwin32', 'pywinpty', 'wincertstore', 'pyobjc', 'pyobjc-core', 'windows-curses']);

/** What pip freeze of an old Debian wrote, and names that stand for nothing. */
export const noPackages: Record<string, string> = {
  'pkg-resources': 'pip freeze of an old Debian wrote it; take the line out',
  sklearn: 'the package is called scikit-learn',
};

/** Whether one of a package's files can be installed on Linux with this Python without compiling; null where none is listed. */
export function hasWheel(files: readonly string[], python: string, machine: string): boolean | null {
  if (files.length === 0) return null;
  const [, major = '3', minor = '0'] = /^(\d+)\.(\d+)/.exec(python) ?? [];
  return files.some((file) => {
    const [, pythons = '', abi = '', platforms = ''] = /-([^-]+)-([^-]+)-([^-]+)\.whl$/.exec(file) ?? [];
    if (platforms === '') return false;
    const onPlatform = platforms.split('.').some((one) => one === 'any' || (/^(manylinux|linux)/.test(one) && one.endsWith(`_${machine}`)));
    const forPython = pythons.split('.').some((one) => {
      if (one === `py${major}` || one === `cp${major}${minor}` || one === `py${major}${minor}`) return true;
      const least = /^cp3(\d+)$/.exec(one)?.[1];
      return abi.split('.').includes('abi3') && least !== undefined && Number(least) <= Number(minor);
    });
    return onPlatform && forPython;
  });
}
