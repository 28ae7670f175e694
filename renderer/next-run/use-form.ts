import { benchmarks, type RunParameters } from '#contract';
import { cevalParameters, cevalWork } from './ceval/ceval-fields.ts';
import { changeCeval, changeNeedle, useRunDraft } from './draft/run-draft.ts';
import { cappedLengths, needleParameters, needleWork } from './needle/needle-fields.ts';
import type { PlannedWork, Setters } from './run-form.ts';

interface Form {
  /** Null while a field is invalid. */
  parameters: RunParameters | null;
  /** Null while a field is invalid. */
  work: PlannedWork | null;
  setters: Setters;
  /** Sets the context length and returns the parameters to run; null where the benchmark has no context to choose. */
  longest: ((context: number) => RunParameters | null) | null;
}

/** The form of the chosen benchmark, as a run and as a plan ask for it. */
export function useForm(): Form {
  const { dataset, needle, ceval } = useRunDraft();
  if (dataset === benchmarks.ceval) {
    return {
      parameters: cevalParameters(ceval),
      work: cevalWork(ceval),
      setters: {
        batch: (batch) => changeCeval({ batch }),
        chunk: (chunk) => changeCeval({ chunk }),
        kvCache: (kvCache) => changeCeval({ kvCache }),
      },
      longest: null,
    };
  }
  return {
    parameters: needleParameters(needle),
    work: needleWork(needle),
    setters: {
      context: (max) => changeNeedle({ lengths: cappedLengths(needle, max) }),
      batch: (batch) => changeNeedle({ batch }),
      chunk: (chunk) => changeNeedle({ chunk }),
      kvCache: (kvCache) => changeNeedle({ kvCache }),
    },
    longest(context) {
      const lengths = String(context);
      changeNeedle({ lengths });
      return needleParameters({ ...needle, lengths });
    },
  };
}
