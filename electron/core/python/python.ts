import { isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { type Interpreters, PanelError, type PythonState } from '#contract';
import { createJsonStore, pythonIn, type Saving, type StoreNotice } from '../base/index.ts';
import { findBase } from './base-python.ts';
import { type Candidate, findCandidates } from './candidates.ts';
import { makeEnvironment, type Recipe } from './environment.ts';
import { judgeIn, type SearchPlace, searchInterpreters } from './interpreters.ts';
import { say } from './sentences.ts';
import { createSlots } from './slots.ts';

export interface PythonPlace extends SearchPlace {
  paths: { python: string; environment: string };
  /** The Python of the next start. */
  python(): string;
  fixedPython: boolean;
  choosePython(path: string | null): void;
}

export interface Pythons {
  /** Takes seconds. */
  list(): Promise<Interpreters>;
  /** Throws PanelError where the backend would not start on it. */
  choose(path: string | null): Promise<void>;
  /** Resolves once it has begun; the state shows the rest. Throws PanelError where it cannot. */
  create(): Promise<void>;
  /** Resolves once nothing of it is left. */
  cancel(): Promise<void>;
  /** The backend has started on another Python, or has stopped. */
  running(python: string | null): void;
  notice(): StoreNotice | null;
}

const LINES = 6;
const LINE_LENGTH = 200;

/** The Pythons of this machine, the one that is chosen, and the environment that the panel makes. */
export async function createPythons(options: {
  place: PythonPlace;
  saving?: Saving;
  /** What a new environment contains. */
  recipe(driverSignal: AbortSignal): Promise<Recipe>;
  /** guardian.py. */
  guardian: string;
  onChange(state: PythonState): void;
  /** Another Python is chosen. */
  onChosen(): void;
}): Promise<Pythons> {
  const { place, onChange } = options;
  const schema = z.object({ chosen: z.string().nullable() });
  const store = await createJsonStore({
    file: place.paths.python,
    saving: options.saving,
    schema,
    fallback: { chosen: null },
  });
  let state: PythonState = {
    next: place.python(),
    running: null,
    fixed: place.fixedPython,
    creating: null,
    failure: null,
  };
  const slots = createSlots(place.paths.environment);
  // Before anything new is made.
  const swept = slots.sweep(store.value().chosen);
  let making: { stop: AbortController; done: Promise<void> } | null = null;
  const closing = new AbortController();
  const set = (change: Partial<PythonState>) => {
    state = { ...state, ...change, next: place.python() };
    onChange(state);
  };
  const progress = (change: Partial<NonNullable<PythonState['creating']>>) => {
    if (state.creating) set({ creating: { ...state.creating, ...change } });
  };
  const own = (): Candidate[] => {
    const chosen = store.value().chosen;
    return [
      ...slots.complete().map((slot) => ({ path: pythonIn(slot), kind: 'created' as const })),
      { path: pythonIn(join(place.pythonFolder, '.venv')), kind: 'setup' },
      ...(chosen === null ? [] : [{ path: chosen, kind: 'chosen' as const }]),
    ];
  };
  const requireFree = () => {
    if (place.fixedPython) throw new PanelError('refused', say('fixed'));
  };
  const remember = async (path: string | null) => {
    await store.update(() => ({ chosen: path }));
    place.choosePython(path);
    set({});
    options.onChosen();
  };
  const make = async (base: string, folder: string, stop: AbortController) => {
    try {
      await swept;
      const recipe = await options.recipe(stop.signal);
      const { env } = place;
      await makeEnvironment(
        {
          folder,
          base,
          env,
          recipe,
          guardian: options.guardian,
          onStage: (stage) => progress({ stage, since: Date.now(), download: null }),
          onLine: (line) => progress(lineIn(state.creating?.lines ?? [], line)),
        },
        stop.signal,
      );
      await remember(pythonIn(folder));
      set({ creating: null, failure: null });
    } catch (error) {
      set({ creating: null, failure: stop.signal.aborted ? null : PanelError.from(error).sentence });
    }
  };
  return {
    list: () => searchInterpreters(place, own(), closing.signal),
    async choose(path) {
      requireFree();
      if (path !== null) await requireUsable(place, path, closing.signal);
      await remember(path);
    },
    async create() {
      requireFree();
      if (making) throw new PanelError('busy', say('creating'));
      const folder = slots.free([state.running, state.next]);
      if (folder === null) throw new PanelError('busy', say('bothInUse'));
      const stop = new AbortController();
      const begun = { stage: 'environment' as const, since: Date.now(), lines: [], download: null };
      set({ creating: begun, failure: null });
      const base = findCandidates(place).then((candidates) => findBase(candidates, place.env));
      const done = base
        .then((found) => (found === null || stop.signal.aborted ? set({ creating: null }) : make(found, folder, stop)))
        .finally(() => {
          making = null;
        });
      making = { stop, done };
      if ((await base) === null) throw new PanelError('not_found', say('noBase'));
    },
    async cancel() {
      const now = making;
      now?.stop.abort();
      await now?.done;
    },
    running: (python) => set({ running: python }),
    notice: store.notice,
  };
}

/** A download's bytes are progress, any other line is shown. */
function lineIn(lines: readonly string[], line: string): Partial<NonNullable<PythonState['creating']>> {
  const bytes = /^Progress (\d+) of (\d+)$/.exec(line.trim());
  if (bytes) return { download: { done: Number(bytes[1]), total: Number(bytes[2]) } };
  const text = line.trim().slice(0, LINE_LENGTH);
  return text === '' ? {} : { lines: [...lines, text].slice(-LINES), download: null };
}

async function requireUsable(place: PythonPlace, path: string, signal: AbortSignal): Promise<void> {
  if (!isAbsolute(path)) throw new PanelError('invalid_input', say('notAbsolute', { path }));
  const judge = await judgeIn(place, signal);
  const { version, torch, state, sentence } = await judge({ path, kind: 'chosen' });
  // A torch that finds no GPU still starts; without one, or on another Python, nothing does.
  if (
    version === null ||
    torch === null ||
    (state === 'failed' && sentence.code !== 'checks.torchTooNew' && sentence.code !== 'checks.torchCpu')
  )
    throw new PanelError('refused', say('wouldNotRun', { path, reason: sentence }));
}
