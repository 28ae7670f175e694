import { cevalWork } from './ceval/ceval-fields.ts';
import { draftOf, type Prefill } from './draft/run-draft.ts';
import { needleWork } from './needle/needle-fields.ts';
import type { PlannedWork } from './run-form.ts';

/** What to plan for a run that was submitted already; null where its parameters do not say. */
export function plannedWork(run: Prefill): PlannedWork | null {
  const draft = draftOf(run);
  if (draft?.ceval) return cevalWork(draft.ceval);
  // Where no lengths were asked for, the backend chooses what fits.
  return draft?.needle && run.parameters.context_lengths ? needleWork(draft.needle) : null;
}
