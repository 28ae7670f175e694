import type { Notice } from '#contract';
import { say } from './sentences.ts';

/** Adds a notice that a report is missing. */
export type OnNotSaved = (notice: Pick<Notice, 'level' | 'code' | 'sentence'>) => void;

export function notSaved(error: unknown): Parameters<OnNotSaved>[0] {
  const reason = error instanceof Error ? error.message : String(error);
  return { level: 'warning', code: 'report_not_saved', sentence: say('notSaved', { reason }) };
}
