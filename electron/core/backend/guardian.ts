import { spawn } from 'node:child_process';
import type { Environment } from '../paths.ts';

export interface Guardian {
  /** Everything that carries the marker is killed; resolves when nothing is left, with the pids that would not go. */
  release(): Promise<string[]>;
}

/**
 * Started before the backend. It holds our pipe: when that ends, because we closed it or were killed, it ends what
 * carries the marker. Its own environment has none, and its own session keeps a terminal's signals away from it.
 */
export async function startGuardian(options: {
  python: string;
  script: string;
  marker: string;
  env: Environment;
}): Promise<Guardian> {
  const { HEADROOM_MARKER: _, ...env } = options.env;
  const child = spawn(options.python, ['-I', '-S', options.script, options.marker], {
    env,
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
    windowsHide: true,
  });
  let told = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    told += text;
  });
  // The pipe breaks where the guardian was killed by somebody else: its exit says so.
  child.stdin.on('error', () => undefined);
  const gone = new Promise<string[]>((resolve) => {
    child.on('close', () => resolve(told.split('\n').filter(Boolean)));
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  return {
    release() {
      child.stdin.end();
      return gone;
    },
  };
}
