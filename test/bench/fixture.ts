import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * A Flask app of 300 files as people have them: 42 modules that are imported at start, templates, static files and
 * data. The same bytes every time; `version.py` alone differs between releases.
 */
export async function writeApp(folder: string): Promise<void> {
  const files = new Map<string, string>();
  const modules = Array.from({ length: 40 }, (_none, index) => `part_${String(index).padStart(2, '0')}`);
  files.set(
    'app.py',
    `from flask import Flask\nfrom shop import parts\nfrom version import VERSION\n\napp = Flask(__name__)\n\n\n@app.get("/")\ndef home():\n    return VERSION + "\\n"\n\n\n@app.get("/parts")\ndef list_parts():\n    return {"parts": [part.total(3) for part in parts]}\n`,
  );
  files.set('version.py', 'VERSION = "0"\n');
  files.set('requirements.txt', 'flask\n');
  files.set('shop/__init__.py', `${modules.map((name) => `from shop import ${name}`).join('\n')}\n\nparts = [${modules.join(', ')}]\n`);
  for (const name of modules) files.set(`shop/${name}.py`, moduleText(name));
  for (let index = 0; index < 60; index += 1) files.set(`templates/page_${index}.html`, `<h1>Page ${index}</h1>\n${'<p>words and words</p>\n'.repeat(20)}`);
  for (let index = 0; files.size < 300; index += 1) files.set(`static/file_${index}.txt`, `file ${index}\n${'0123456789abcdef'.repeat(64)}\n`);
  for (const [path, text] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

/** Changes the one file that tells releases apart. */
export const changeVersion = (folder: string, version: string) => writeFile(join(folder, 'version.py'), `VERSION = "${version}"\n`);

function moduleText(name: string): string {
  const functions = Array.from(
    { length: 12 },
    (_none, index) => `def step_${index}(values):\n    """Step ${index} of ${name}."""\n    return [value * ${index + 1} for value in values if value % ${index + 2} != 0]\n`,
  );
  return `"""One part of the shop."""\n\nimport dataclasses\nimport json\n\n\n@dataclasses.dataclass\nclass Line:\n    name: str\n    amount: int = 1\n\n\n${functions.join('\n\n')}\n\ndef total(amount):\n    return json.dumps(dataclasses.asdict(Line("${name}", amount)))\n`;
}
