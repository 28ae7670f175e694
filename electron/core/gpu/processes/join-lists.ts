import type { GpuProcess } from '#contract';
import type { DetailedProcess, Details } from '../details/details.ts';
import { gpuOfMig } from '../details/mig.ts';
import type { Listed } from './parse-processes.ts';

interface JoinedProcess extends Pick<GpuProcess, 'gpuUuid' | 'pid' | 'usedMiB' | 'name' | 'kind' | 'migUuid'> {
  /** Of a process that only `-q -x` listed: its start time then, where it is known. */
  expected: number | null;
}

/**
 * The list of compute processes, which is newer, with the details of `-q -x`; and the graphics programs, which only
 * `-q -x` reports. A compute process that is no longer in the list has exited.
 */
export function joinLists(listed: readonly Listed[], { processes, mig }: Details): JoinedProcess[] {
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
  const computing = listed.map(({ gpuUuid: listedUuid, pid, usedMiB, name }) => {
    // With MIG on, some drivers list the instance instead of the GPU.
    const instance = listedUuid.startsWith('MIG-') ? listedUuid : null;
    const gpuUuid = (instance && gpuOfMig(instance, mig)) ?? listedUuid;
    const detailed = take(gpuUuid, pid);
    const kind = detailed?.kind ?? null;
    return { gpuUuid, pid, usedMiB, name, kind, expected: null, migUuid: instance ?? migOf(detailed) };
  });
  const drawing = rest
    .filter(({ kind }) => kind === 'graphics')
    .map((one) => {
      const { gpuUuid, pid, usedMiB, name, kind, startTime: expected } = one;
      return { gpuUuid, pid, usedMiB, name, kind, expected, migUuid: migOf(one) };
    });
  return [...computing, ...drawing];
}
