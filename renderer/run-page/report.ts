import type { Run, RunConditions } from '#contract';
import type { Tests } from './items/tests.ts';

/** What the page of a run shows, and its exports too. */
export interface Report {
  run: Run;
  tests: Tests;
  /** Null until they are known. */
  conditions: RunConditions | null;
}
