/** These concern byte code and hashes only, not what is imported. */
const HARMLESS = ['PYTHONDONTWRITEBYTECODE', 'PYTHONPYCACHEPREFIX', 'PYTHONHASHSEED'];
/** With HEADROOM_PYTHON, the person's own environment may rest on these: cluster modules set PYTHONPATH. */
const PACKAGES = ['PYTHONPATH', 'PYTHONUSERBASE', 'PYTHONNOUSERSITE'];
/** Launchers of macOS pass the path of their own Python in the last one. */
const FOREIGN = /^(PYTHON|__PYVENV_LAUNCHER__$)/i;

/**
 * The environment of every Python that a script starts: UTF-8, and without the person's PYTHON* variables, which are meant
 * for another interpreter. The same rule as in electron/core/base/python-environment.ts, which setup cannot import before it
 * is built.
 */
export function pythonEnv(env = process.env) {
  const kept = new Set(env.HEADROOM_PYTHON ? [...HARMLESS, ...PACKAGES] : HARMLESS);
  const foreign = (name) => FOREIGN.test(name) && !kept.has(name.toUpperCase());
  return { ...Object.fromEntries(Object.entries(env).filter(([name]) => !foreign(name))), PYTHONUTF8: '1' };
}

/** Settings of pip that would install elsewhere, install nothing, or refuse what is pinned without hashes. */
const ELSEWHERE = ['TARGET', 'PREFIX', 'ROOT', 'USER', 'PYTHON', 'DRY_RUN', 'NO_DEPS', 'REQUIRE_HASHES', 'REQUIREMENT'];

/** The environment of pip: index, proxy and certificates stay. */
export function pipEnv(env = process.env) {
  const rest = Object.entries(pythonEnv(env)).filter(([name]) => !ELSEWHERE.some((word) => name === `PIP_${word}`));
  // A pip.conf may ask for --user, which an environment refuses.
  return { ...Object.fromEntries(rest), PIP_USER: '0' };
}
