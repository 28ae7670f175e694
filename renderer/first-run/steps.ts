import type { FirstRunStep, PanelState, Sentence } from '#contract';

/** `working`: it is being found out, or starts. `sentence`: the core's own words about it, where it has any. */
export interface StepState {
  step: FirstRunStep;
  state: 'done' | 'working' | 'missing' | 'skipped';
  /** Which words and which button (`firstRun.STEP.SITUATION`). */
  situation: string;
  sentence: Sentence | null;
}

type Facts = Pick<PanelState, 'telemetry' | 'checks' | 'backend' | 'python' | 'firstRun'>;

/** How far the three steps of a first run are, in their order. */
export function stepsOf(state: Facts): StepState[] {
  const itsPython = python(state);
  const steps = [gpu(state), itsPython, backend(state, itsPython)];
  return steps.map((one) =>
    one.state !== 'done' && state.firstRun.skipped.includes(one.step) ? { ...one, state: 'skipped' } : one,
  );
}

const check = ({ checks }: Facts, ...ids: string[]) => checks.list.filter(({ id }) => ids.includes(id));

function gpu(state: Facts): StepState {
  const { telemetry } = state;
  const of = (result: StepState['state'], situation: string, sentence: Sentence | null = null): StepState => ({
    step: 'gpu',
    state: result,
    situation,
    sentence,
  });
  const [driver] = check(state, 'driver');
  if (telemetry.source === 'nvidia-smi' && telemetry.state === 'ok') return of('done', 'found');
  if (telemetry.fault && telemetry.source !== 'emulator') return of('missing', 'fails', telemetry.fault.sentence);
  if (telemetry.source === 'none') return of('missing', 'none');
  if (telemetry.source !== 'emulator') return of('working', 'looking');
  // Emulated GPUs are what the person asked for, or all that there is.
  if (driver?.state === 'ok') return of('done', 'emulated');
  // The emulator is a program of the backend's Python.
  if (driver?.state === 'failed') return of('working', 'waits');
  return driver?.state === 'warning' ? of('missing', 'noDriver') : of('working', 'looking');
}

const NO_PYTHON = ['missing_python', 'missing_package', 'missing_library'];

function python(state: Facts): StepState {
  const { backend: now, python: chosen } = state;
  const of = (result: StepState['state'], situation: string, sentence: Sentence | null = null): StepState => ({
    step: 'python',
    state: result,
    situation,
    sentence,
  });
  if (chosen.creating) return of('working', 'creating');
  if (now.phase === 'ready' && now.torch) return of('done', 'found');
  const failed = check(state, 'python', 'packages', 'torch', 'transformers').find((one) => one.state === 'failed');
  if (failed && now.phase !== 'starting') return of('missing', 'unusable', failed.sentence);
  if (now.phase === 'failed' && now.reason && NO_PYTHON.includes(now.reason.code))
    return of('missing', 'unusable', now.reason.sentence);
  const known = check(state, 'python', 'torch');
  if (known.length === 2 && known.every((one) => one.state === 'ok')) return of('done', 'found');
  return of('working', 'looking');
}

function backend({ backend: { phase, reason, worker, workerError } }: Facts, itsPython: StepState): StepState {
  const of = (result: StepState['state'], situation: string, sentence: Sentence | null = null): StepState => ({
    step: 'backend',
    state: result,
    situation,
    sentence,
  });
  if (itsPython.state === 'missing' || itsPython.situation === 'creating') return of('working', 'waits');
  if (phase === 'failed' || phase === 'backoff') return of('missing', 'failed', reason?.sentence ?? null);
  if (worker === 'failed') return of('missing', 'failed', workerError);
  if (phase === 'stopped') return of('missing', 'stopped');
  if (phase !== 'ready' || worker === 'starting') return of('working', 'starting');
  return of('done', 'ready');
}
