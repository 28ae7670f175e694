import type { GpuProcess } from '#contract';
import type { DetailedProcess, Details } from '../details/details.ts';
import { gpuOfMig } from '../details/mig.ts';
import type { Listed } from './parse-processes.ts';

export interface Joined extends Pick<GpuProcess, 'gpuUuid' | 'pid' | 'usedMiB' | 'name' | 'kind' | 'migUuid'> {
  /** Only of one that the list has not named now: when what was seen earlier had begun, where that is known. */
  expected: number | null;
}

/**
 * The list of compute processes, which is newer, with what `-q -x` told of each; and the graphics programs, of which it
 * alone tells. One that computes and is not in the list any more has ended.
 */
export function joined(listed: readonly Listed[], { processes, mig }: Details): Joined[] {
  const rest = [...processes];
  const take = (gpuUuid: string, pid: number): DetailedProcess | undefined => {
    const at = rest.findIndex((one) => one.pid === pid && one.gpuUuid === gpuUuid);
    return at < 0 ? undefined : rest.splice(at, 1)[0];
  };
  const migOf = (one: DetailedProcess | undefined): string | null => {
    if (!one || one.gpuInstance === null) return null;
    const found = mig.find(
      ({ gpuUuid, gpuInstance, computeInstance }) =>
        gpuUuid === one.gpuUuid && gpuInstance === one.gpuInstance && computeInstance === (one.computeInstance ?? 0),
    );
    return found?.uuid ?? null;
  };
  const computing = listed.map(({ gpuUuid: told, pid, usedMiB, name }) => {
    // With MIG on, some drivers name the instance in the GPU's place.
    const instance = told.startsWith('MIG-') ? told : null;
    const gpuUuid = (instance && gpuOfMig(instance, mig)) ?? told;
    const detailed = take(gpuUuid, pid);
    const kind = detailed?.kind ?? null;
    return { ...{ gpuUuid, pid, usedMiB, name, kind, expected: null }, migUuid: instance ?? migOf(detailed) };
  });
  const drawing = rest
    .filter(({ kind }) => kind === 'graphics')
    .map((one) => {
      const { gpuUuid, pid, usedMiB, name, kind, startTime: expected } = one;
      return { gpuUuid, pid, usedMiB, name, kind, expected, migUuid: migOf(one) };
    });
  return [...computing, ...drawing];
}
