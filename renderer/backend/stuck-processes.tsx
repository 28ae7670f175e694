import { useTranslation } from 'react-i18next';
import { bytesText } from '../parts/index.ts';
import { usePanelState } from '../store.ts';

/** How much GPU memory each process holds that a stop could not kill. */
export function StuckProcesses({ pids }: { pids: readonly number[] }) {
  const { t } = useTranslation();
  const processes = usePanelState((state) => state.telemetry.processes);
  return pids.map((pid) => {
    const rows = processes.filter((process) => process.pid === pid);
    const mib = rows.reduce((sum, { usedMiB }) => sum + (usedMiB ?? 0), 0);
    return (
      <div key={pid}>
        {rows[0]
          ? t('backend.stuckHolds', { pid, name: rows[0].name, size: bytesText(mib * 2 ** 20) })
          : t('backend.stuckNothing', { pid })}
      </div>
    );
  });
}
