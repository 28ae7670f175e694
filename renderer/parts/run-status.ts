import type { Run } from '#contract';

export const statusClasses: Record<Run['status'], string> = {
  queued: '',
  processing: 'tight',
  completed: 'fits',
  failed: 'over',
  cancelled: '',
};

/** The words of a run's state: one that a person stopped with the backend is not merely cancelled. */
export const runStatusKey = ({ status, error_code }: Pick<Run, 'status' | 'error_code'>) =>
  error_code === 'stopped' ? 'runs.status.stopped' : `runs.status.${status}`;
