import type { AlertSettings, GpuProcess } from '#contract';
import { programOf } from '../../proc/index.ts';
import { say } from '../sentences.ts';
import type { Finding } from '../types.ts';
import { gpuName, mib, over } from './gpu-rule.ts';

/** The alert ends at this share below the threshold. */
const TAKEN_MARGIN = 0.1;
const MAX_NAME = 80;

const takenKey = (one: GpuProcess) => `taken ${one.gpuUuid} ${one.pid} ${one.startTime ?? ''} ${one.migUuid ?? ''}`;

/** The finding about one process that is not ours. */
export function takenFinding(one: GpuProcess, gpu: number | null, settings: AlertSettings): Finding {
  const { on, overMiB } = settings.taken;
  const name = (programOf(one.name) || one.name).slice(0, MAX_NAME);
  const user = one.user ?? '';
  return {
    key: takenKey(one),
    kind: 'taken',
    gpuUuid: one.gpuUuid,
    verdict: on ? over(one.usedMiB, overMiB, overMiB * (1 - TAKEN_MARGIN)) : 'good',
    raiseMs: 0,
    endMs: 0,
    // A program that restarts repeatedly causes one notification.
    group: `taken ${one.gpuUuid} ${name} ${user}`,
    text() {
      const usedMiB = mib(one.usedMiB ?? 0);
      const program = user
        ? say('programOfUser', { name, pid: one.pid, user })
        : say('program', { name, pid: one.pid });
      const about = { gpu: gpuName(gpu), program, usedMiB, overMiB };
      return {
        level: 'warning',
        sentence: one.protection === null ? say('takenEndable', about) : say('takenOther', about),
        values: { ...(gpu !== null && { gpu }), name, pid: one.pid, user, usedMiB, overMiB },
      };
    },
  };
}
