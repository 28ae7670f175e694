import type { Interpreter, Sentence } from '#contract';
import { say } from '../sentences.ts';
import type { DriverFacts } from '../system/driver.ts';
import type { CheckPlace, Found } from '../types.ts';
import { checkPython } from './python.ts';
import { factsSchema, type PythonFacts, type QueryResult, queryPython } from './query-python.ts';
import { checkTorch } from './torch.ts';

type Place = Pick<CheckPlace, 'env' | 'platform' | 'python' | 'pythonFolder' | 'root'>;

const QUERY_MS = 10_000;

/** What the checks would say of a Python that the backend does not use yet; `executable` is what it calls itself. */
export interface Judged extends Omit<Interpreter, 'path' | 'kind'> {
  executable: string | null;
}

/** Runs the Python once, without importing its packages, and says in one sentence whether the backend would run on it. */
export async function judgeInterpreter(place: Place, driver: DriverFacts, signal: AbortSignal): Promise<Judged> {
  const facts = await queryPython(place, { args: [], schema: factsSchema, timeoutMs: QUERY_MS }, signal);
  const { state, sentence } = verdict(place, facts, driver);
  if (!facts.ok)
    return { executable: null, version: null, torch: null, cuda: null, transformers: null, state, sentence };
  const { python, torch, packages } = facts.value;
  return {
    executable: python.executable,
    version: python.version.join('.'),
    torch: torch?.version ?? null,
    cuda: torch?.cuda ?? null,
    transformers: packages.find(({ name }) => name === 'transformers')?.version ?? null,
    state,
    sentence,
  };
}

/** The first thing that keeps the backend from running; else how torch fits the driver. */
function verdict(place: Place, facts: QueryResult<PythonFacts>, driver: DriverFacts): Found & { sentence: Sentence } {
  // The fixes are for the backend's own Python; this one is only described.
  const about = place as CheckPlace;
  const python = checkPython(about, facts);
  if (python.state !== 'ok' || !facts.ok) return python;
  const missing = facts.value.packages.filter(({ present }) => !present).map(({ name }) => name);
  if (missing.length > 0) return { state: 'failed', sentence: say('packagesMissing', { names: missing.join(', ') }) };
  return checkTorch(about, facts, driver);
}
