import { listOf, textsOf } from './papers.ts';
import { recordOf } from '../inspect/record.ts';
import { readRequirement, type Requirement } from './requirement.ts';

/** Of conda's own names, those that PyPI has under another. */
const names: Record<string, string> = {
  pytorch: 'torch',
  'pytorch-cpu': 'torch',
  opencv: 'opencv-python-headless',
  'py-opencv': 'opencv-python-headless',
  psycopg2: 'psycopg2-binary',
  'msgpack-python': 'msgpack',
  'matplotlib-base': 'matplotlib',
  'dask-core': 'dask',
  'python-graphviz': 'graphviz',
  pytables: 'tables',
  'py-xgboost': 'xgboost',
  ruamel_yaml: 'ruamel.yaml',
  'ruamel.yaml': 'ruamel.yaml',
  'tensorflow-base': 'tensorflow',
  'brotli-python': 'brotli',
  importlib_metadata: 'importlib-metadata',
  prompt_toolkit: 'prompt-toolkit',
  typing_extensions: 'typing-extensions',
  pyqt: 'PyQt5',
  'google-cloud-storage-python': 'google-cloud-storage',
};

/** What conda installs that is no Python package. */
const others =
  /^(python|pip|_.*|lib(?!cst$|sass$|tmux$|rosa$).*|ca-certificates|openssl|zlib|xz|bzip2|readline|sqlite|tk|ncurses|ld_impl.*|gcc.*|gxx.*|clang.*|make|cmake|ninja|nodejs|npm|yarn|git|ffmpeg|graphviz|pandoc|poppler|tesseract|ghostscript|imagemagick|geos|gdal|proj|hdf5|mkl.*|intel-openmp|llvm-openmp|blas.*|openblas.*|cuda.*|cudnn.*|pytorch-cuda|pytorch-mutex|freetype|fontconfig|jpeg|libpng|libtiff|lcms2|lz4-c|zstd|icu|expat|gettext|glib.*|krb5|curl|c-ares|nettle|gmp|mpfr|openjdk|r-.*|postgresql|mysql|redis-server|nginx|tzdata|wheel|setuptools|pcre.*|yaml|x264|openh264|lame|gnutls|bzip|cpuonly|font-.*|fonts-.*|xorg-.*|dbus|qt.*|sip|python_abi|firefox|geckodriver|jq|unzip|wget|rust|go|compilers?)$/i;

/** Packages of an environment of conda as pip would ask for them; those that only conda has are left out. */
export function condaPackages(document: Record<string, unknown>): Requirement[] {
  const found: Requirement[] = [];
  for (const one of listOf(document.dependencies)) {
    if (typeof one === 'string') {
      const known = ofConda(one);
      if (known !== null) found.push(known);
    } else {
      for (const text of textsOf(recordOf(one).pip)) {
        const known = text.startsWith('-') ? null : readRequirement(text);
        if (known !== null) found.push(known);
      }
    }
  }
  return found;
}

/** conda-forge::flask=2.0=py39_0, flask>=2, flask */
function ofConda(text: string): Requirement | null {
  const [, given = '', rest = ''] = /^(?:[\w./-]+::)?([A-Za-z0-9_][\w.-]*)\s*(?:\[[^\]]*\])?\s*(.*)$/.exec(text.trim()) ?? [];
  if (given === '' || others.test(given)) return null;
  const [, fuzzy, build] = /^=\s*(\d[\w.]*\*?)(?:=(\S+))?$/.exec(rest) ?? [];
  // With a build it is one version; with one = all that begin so.
  const versions = fuzzy === undefined ? rest.replace(/\s+(?=\S*$)(?![<>=!~]).*$/, '') : `==${build === undefined && !fuzzy.endsWith('*') ? `${fuzzy}.*` : fuzzy}`;
  const known = readRequirement(`${names[given.toLowerCase()] ?? given}${versions.includes('|') ? '' : versions}`);
  return known ?? readRequirement(names[given.toLowerCase()] ?? given);
}
