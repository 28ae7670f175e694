import type { AlertSettings, GpuProcess } from '#contract';
import { programOf } from '../../proc/index.ts';
import { say } from '../sentences.ts';
import type { Finding } from '../types.ts';
import { gpuName, mib, over } from './gpu-rule.ts';

/** The alert ends at this share below the threshold. */
const TAKEN_MARGIN = 0.1;
const MAX_NAME = 80;

const takenKey = (one: GpuProcess) => `taken ${one.gpuUuid} ${one.pid} ${one.startTime ?? ''} ${one.migUuid ?? ''}`;

/** What an alert says about who holds the memory, and where. */
export function programName({ name: path, user: owner, pid }: GpuProcess, gpu: number | null) {
  const name = (programOf(path) || path).slice(0, MAX_NAME);
  const user = owner ?? '';
  const program = user ? say('programOfUser', { name, pid, user }) : say('program', { name, pid });
  return { name, user, program, gpu: gpuName(gpu) };
}

interface TakenAbout {
  gpu: number | null;
  settings: AlertSettings;
  /** It held the memory when Headroom started. */
  before: boolean;
}

/** The finding about one process that is not ours. */
export function takenFinding(one: GpuProcess, { gpu, settings, before }: TakenAbout): Finding {
  const { on, overMiB } = settings.taken;
  const { name, user, ...about } = programName(one, gpu);
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
      const facts = { ...about, usedMiB, overMiB };
      return {
        level: 'warning',
        sentence: before
          ? say('takenBefore', facts)
          : one.protection === null
            ? say('takenEndable', facts)
            : say('takenOther', facts),
        values: {
          ...(gpu !== null && { gpu }),
          ...{ name, pid: one.pid, user, usedMiB, overMiB },
          when: before ? 'before' : 'now',
        },
      };
    },
  };
}
