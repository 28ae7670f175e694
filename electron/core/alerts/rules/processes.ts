import type { AlertSettings, GpuProcess } from '#contract';
import type { Finding } from '../types.ts';
import { mib, over } from './gpu-rule.ts';

/** It has given memory back once it holds so much less than the threshold. */
const TAKEN_MARGIN = 0.1;
const LONGEST_NAME = 80;

/** The program without its folders and arguments. */
const program = (name: string) =>
  (name.split(' ')[0]?.split(/[/\\]/).at(-1) || name || 'a program').slice(0, LONGEST_NAME);

const takenKey = (one: GpuProcess) => `taken ${one.gpuUuid} ${one.pid} ${one.startTime ?? ''} ${one.migUuid ?? ''}`;

/** One process that is not ours, and what it holds. */
export function takenFinding(one: GpuProcess, gpu: number | null, settings: AlertSettings): Finding {
  const { on, overMiB } = settings.taken;
  const name = program(one.name);
  const user = one.user ?? '';
  return {
    key: takenKey(one),
    kind: 'taken',
    gpuUuid: one.gpuUuid,
    verdict: on ? over(one.usedMiB, overMiB, overMiB * (1 - TAKEN_MARGIN)) : 'good',
    raiseMs: 0,
    endMs: 0,
    // A program that is started again and again is told of once.
    like: `taken ${one.gpuUuid} ${name} ${user}`,
    tell() {
      const usedMiB = mib(one.usedMiB ?? 0);
      const who = `${name} (pid ${one.pid}${user && `, user ${user}`})`;
      const advice = one.spared === null ? 'you can end it in the list of processes.' : 'ask whose it is.';
      return {
        level: 'warning',
        message: `${gpu === null ? 'A GPU' : `GPU ${gpu}`}: ${who} has taken ${usedMiB} MiB (over ${overMiB} MiB). So much less is there for your runs: ${advice}`,
        values: { ...(gpu !== null && { gpu }), name, pid: one.pid, user, usedMiB, overMiB },
      };
    },
  };
}
