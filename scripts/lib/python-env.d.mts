type Environment = Readonly<Record<string, string | undefined>>;
export function pythonEnv(env?: Environment): Record<string, string>;
/** The environment of pip: index, proxy and certificates stay. */
export function pipEnv(env?: Environment): Record<string, string>;
