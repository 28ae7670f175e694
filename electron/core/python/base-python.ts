import { spawn } from 'node:child_process';
import { z } from 'zod';
import { diskAnswers, type Environment, parseJson, pythonEnvironment } from '../base/index.ts';
import type { Candidate } from './candidates.ts';

/** Whether it can make an environment for the backend: of a supported version, 64 bits, with venv and ensurepip. */
const PROBE = `
import sys, json, struct, importlib.util as u
print(json.dumps({
    "minor": sys.version_info[1] if sys.version_info[0] == 3 else 0,
    "bits": struct.calcsize("P") * 8,
    "venv": all(u.find_spec(name) for name in ("venv", "ensurepip", "ssl", "sqlite3", "zlib", "ctypes")),
}))`;

const probeSchema = z.object({ minor: z.number(), bits: z.number(), venv: z.boolean() });
const OLDEST = 11;
const NEWEST = 14;
const TIMEOUT_MS = 10_000;

/** The first interpreter that an environment can be made from; null where there is none. */
export async function findBase(candidates: readonly Candidate[], env: Environment): Promise<string | null> {
  for (const { path } of candidates) {
    const { data } = probeSchema.safeParse(await probe(path, env));
    if (data?.venv && data.bits === 64 && data.minor >= OLDEST && data.minor <= NEWEST) return path;
  }
  return null;
}

async function probe(path: string, env: Environment): Promise<unknown> {
  if (!(await diskAnswers(path))) return null;
  const child = spawn(path, ['-I', '-c', PROBE], {
    env: pythonEnvironment(env),
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
    windowsHide: true,
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-2_000);
  });
  await new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
  // A wrapper may print lines of its own before.
  return parseJson(output.trim().split('\n').at(-1) ?? '');
}
