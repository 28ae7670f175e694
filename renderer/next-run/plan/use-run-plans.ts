import { useEffect } from 'react';
import { type Limit, limitInForce, type Plan, type PlanRequest, type Sentence, type SettingName } from '#contract';
import { effectiveValue, plannedDtype } from '../../settings/index.ts';
import { usePanelState } from '../../store.ts';
import type { PlannedWork } from '../run-form.ts';
import { useOthersChanges } from './others-memory.ts';
import { usePlannedRun } from './planned-run.ts';
import { type Planned, usePlan } from './use-plan.ts';

/** What a plan can be asked for; the other settings show in a plan only once they are in force. */
const plannable: readonly SettingName[] = ['LBS_GPU_MEMORY_LIMIT', 'LBS_TORCH_DTYPE'];
/** What changes a plan besides. */
const notPlannable: readonly SettingName[] = ['LBS_LOCAL_DEVICE_MAP', 'LBS_ENABLE_MEMORY_MANAGEMENT'];

export interface RunPlans {
  /** Under the settings in force: what a run that starts now needs. */
  inForce: Planned;
  limitInForce: Limit;
  /** Under the pending settings; null where none that changes a plan is pending. `planned`: what the plan was asked for. */
  pending: (Planned & { planned: { limit: Limit; dtype: string | undefined } | null; unplanned: SettingName[] }) | null;
  /** The longest context that fits under the settings in force; null where the run has none to choose, or it is not known yet. */
  longest: { context: number | null; stopped: Sentence | null } | null;
}

/** The predicted memory of the next run. `model` and `work` are null where there is nothing to plan. */
export function useRunPlans(run: {
  model: string | null;
  dataset: string;
  work: PlannedWork | null;
  hasContext: boolean;
}): RunPlans {
  const { model, dataset, work, hasContext } = run;
  const limit = usePanelState(limitInForce);
  const ready = usePanelState(({ backend }) => backend.phase === 'ready');
  const running = usePanelState(({ settings }) => JSON.stringify(settings.running));
  const version = `${running} ${useOthersChanges()}`;
  const request: PlanRequest | null = ready && model !== null && work ? { ...work, model } : null;
  const inForce = usePlan(request, version);

  const changes = usePanelState(({ settings }) => settings.pending.some((name) => plannable.includes(name)));
  const others = usePanelState(({ settings }) => settings.pending.filter((name) => notPlannable.includes(name)).join());
  const unplanned = others === '' ? [] : (others.split(',') as SettingName[]);
  const pendingLimit = usePanelState(({ settings }) => effectiveValue(settings, 'LBS_GPU_MEMORY_LIMIT'));
  const dtype = usePanelState(({ settings }) => plannedDtype(settings));
  const pending = usePlan(request && changes ? { ...request, limit: pendingLimit, dtype } : null, version);

  // After the verdict, because it takes longer.
  const fit = usePlan(
    request && hasContext && !inForce.stale && inForce.plan ? { ...request, fit: true } : null,
    version,
  );
  usePublished(model, dataset, inForce);
  return {
    inForce,
    limitInForce: limit,
    pending:
      request && (changes || unplanned.length > 0)
        ? { ...pending, planned: changes ? { limit: pendingLimit, dtype } : null, unplanned }
        : null,
    longest: fit.plan && !fit.stale ? longestOf(fit.plan) : null,
  };
}

const longestOf = ({ fit, stopped_sentence }: Plan) => ({
  context: fit?.context?.value ?? null,
  stopped: fit ? null : stopped_sentence,
});

function usePublished(model: string | null, dataset: string, { plan, stale }: Planned): void {
  useEffect(() => {
    usePlannedRun.setState({ planned: plan && model !== null ? { model, dataset, plan, stale } : null });
    return () => usePlannedRun.setState({ planned: null });
  }, [model, dataset, plan, stale]);
}
