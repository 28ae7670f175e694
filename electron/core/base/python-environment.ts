import type { Environment } from './paths.ts';

/** These concern byte code and hashes only, not what is imported. */
const HARMLESS = ['PYTHONDONTWRITEBYTECODE', 'PYTHONPYCACHEPREFIX', 'PYTHONHASHSEED'];
/** With HEADROOM_PYTHON, the person's own environment may rest on these: cluster modules set PYTHONPATH. */
const PACKAGES = ['PYTHONPATH', 'PYTHONUSERBASE', 'PYTHONNOUSERSITE'];

/** Launchers of macOS pass the path of their own Python in the last one. */
const FOREIGN = /^(PYTHON|__PYVENV_LAUNCHER__$)/i;

/**
 * The environment of every Python that Headroom starts: UTF-8, and without the person's PYTHON* variables, which are meant for
 * another interpreter (PYTHONHOME keeps ours from starting, PYTHONWARNINGS=error makes packages fail). LD_LIBRARY_PATH stays:
 * libcuda may be found only by it.
 */
export function pythonEnvironment(env: Environment): Record<string, string> {
  const kept = new Set(env.HEADROOM_PYTHON ? [...HARMLESS, ...PACKAGES] : HARMLESS);
  const entries = Object.entries(env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && (!FOREIGN.test(entry[0]) || kept.has(entry[0].toUpperCase())),
  );
  return { ...Object.fromEntries(entries), PYTHONUTF8: '1' };
}
