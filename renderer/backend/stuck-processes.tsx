import { useTranslation } from 'react-i18next';
import { bytesText } from '../parts/index.ts';
import { usePanelState } from '../store.ts';

/** What each process that a stop could not end holds of the GPUs. */
export function Stuck({ pids }: { pids: readonly number[] }) {
  const { t } = useTranslation();
  const processes = usePanelState((state) => state.telemetry.processes);
  return pids.map((pid) => {
    const held = processes.filter((process) => process.pid === pid);
    const mib = held.reduce((sum, { usedMiB }) => sum + (usedMiB ?? 0), 0);
    const name = held[0]?.name;
    return (
      <div key={pid}>
        {t(held.length > 0 ? 'backend.stuckHolds' : 'backend.stuckNothing', {
          pid,
          name,
          size: bytesText(mib * 2 ** 20),
        })}
      </div>
    );
  });
}
