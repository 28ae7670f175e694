import type { Interpreter, Interpreters } from '#contract';
import type { Environment } from '../base/index.ts';
import { judgeInterpreter, queryDriver } from '../checks/index.ts';
import type { SmiSource } from '../gpu/index.ts';
import { type Candidate, findCandidates, isFile, MOST, unique } from './candidates.ts';

export interface SearchPlace {
  env: Environment;
  home: string;
  platform: NodeJS.Platform;
  /** The folder of server.py, and the one that holds it. */
  pythonFolder: string;
  resources: string;
  smi: SmiSource;
}

/** At a time: each is a process that reads many small files. */
const AT_ONCE = 4;

/** Every interpreter with its verdict, Headroom's own first. */
export async function searchInterpreters(
  place: SearchPlace,
  own: readonly Candidate[],
  signal: AbortSignal,
): Promise<Interpreters> {
  const there = await Promise.all(own.map(({ path }) => isFile(path)));
  const all = await unique([...own.filter((_, index) => there[index]), ...(await findCandidates(place))]);
  const asked = all.slice(0, MOST);
  const judge = await judgeIn(place, signal);
  const list: Interpreter[] = [];
  const next = asked.entries();
  const work = async () => {
    for (const [index, candidate] of next) list[index] = await judge(candidate);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { list: list.filter(({ version, kind }) => version !== null || kind !== 'path'), limited: all.length > MOST };
}

/** Judges one after the other by the same answer of the driver. */
export async function judgeIn(place: SearchPlace, signal: AbortSignal) {
  const { env, platform, pythonFolder, resources: root } = place;
  const driver = await queryDriver(place.smi, env.HEADROOM_NVIDIA_SMI === 'emulator', signal);
  return async ({ path, kind }: Candidate): Promise<Interpreter> => {
    const { executable: _, ...judged } = await judgeInterpreter(
      { env, platform, python: path, pythonFolder, root },
      driver,
      signal,
    );
    return { path, kind, ...judged };
  };
}
