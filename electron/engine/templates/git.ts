import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Failure } from '../../../shared/errors.ts';
import { visible } from '../../../shared/rules/visible.ts';

const run = promisify(execFile);

/**
 * Fetches a repository into a private folder that is gone when `use` is done. Nothing of the repository is run and nobody is
 * asked: no hooks, no filters, no submodules, no prompt; https and ssh only, whatever a redirect says.
 * @throws Failure unreachable, missing-requirement or invalid
 */
export async function withClone<T>({ git, ref }: { git: string; ref?: string | undefined }, signal: AbortSignal, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'forgeboard-template-'));
  try {
    if (ref !== undefined)
      await call(['check-ref-format', '--allow-onelevel', ref], signal, () => new Failure('invalid', `"${ref}" is no name of a branch or tag`, { field: 'ref' }));
    const settings = ['protocol.ext.allow=never', 'protocol.file.allow=never', `core.hooksPath=${devNull}`, 'core.fsmonitor=false', 'credential.helper='];
    const options = ['--quiet', '--depth=1', '--single-branch', '--no-tags', '--no-recurse-submodules', '--template=', ...(ref === undefined ? [] : [`--branch=${ref}`])];
    await call([...settings.flatMap((one) => ['-c', one]), 'clone', ...options, '--', git, join(folder, 'clone')], signal, (said) => {
      const last =
        said
          .trim()
          .split('\n')
          .at(-1)
          ?.replace(/^(fatal|error): /, '') ?? '';
      return new Failure('unreachable', `git could not fetch ${git}: ${visible(last).slice(0, 300)}`, {
        field: 'git',
        hint: 'Try it in a terminal: it may ask there for a key or a fingerprint, which is not done here.',
      });
    });
    return await use(join(folder, 'clone'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function call(argv: string[], signal: AbortSignal, failed: (said: string) => Failure): Promise<void> {
  try {
    await run('git', argv, { signal, env: environment(), cwd: tmpdir(), maxBuffer: 1 << 20 });
  } catch (error) {
    signal.throwIfAborted();
    const { code, stderr } = error as { code?: unknown; stderr?: string };
    if (code === 'ENOENT') throw new Failure('missing-requirement', 'git is not on this computer', { field: 'git', hint: 'Install it, or take a folder as the template.' });
    throw failed(stderr ?? '');
  }
}

/** What the user's own git is told to do is not done here; their proxy, agent and certificates count. */
function environment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_') || name.startsWith('GIT_SSL_'));
  return {
    ...Object.fromEntries(own),
    GIT_ALLOW_PROTOCOL: 'https:ssh',
    GIT_CONFIG_GLOBAL: devNull,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_SSH_COMMAND: 'ssh -oBatchMode=yes',
    LC_ALL: 'C',
  };
}
