import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';
import { sizeText } from '../parts/index.ts';
import { EndProcess, programName } from '../processes/index.ts';
import { usePanelState } from '../store.ts';
import type { GpuRow, Usage } from './clear-rows.ts';

/** Memory before, after and freed, per GPU and per process. */
export function ClearTable({ rows }: { rows: GpuRow[] }) {
  const { t } = useTranslation();
  const listed = usePanelState((state) => state.telemetry.processes);
  const isRunning = (pid: number, startTime: number | null) =>
    listed.some((process) => process.pid === pid && process.startTime === startTime);
  return (
    <table className="plain" aria-label={t('clearing.table')}>
      <thead>
        <tr>
          <th>{t('clearing.what')}</th>
          <th className="number">{t('clearing.before')}</th>
          <th className="number">{t('clearing.after')}</th>
          <th className="number">{t('clearing.back')}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Fragment key={row.uuid}>
            <tr className="gpu-total">
              <th scope="row">{t('plan.gpu', { index: row.index ?? '–' })}</th>
              <Cells usage={row} total={row.total} />
            </tr>
            {row.processes.map(({ process, ...usage }) => (
              <tr
                key={`${process.pid} ${process.startTime ?? process.name}`}
                className={usage.after === 0 ? 'exited' : ''}
              >
                <td>
                  <div className="row process-cell">
                    {process.ours && <span className="tag fits">{t('processes.role.ours')}</span>}
                    <span className="cut" title={process.name}>
                      {programName(process.name)}
                    </span>
                    <span className="dim small">{process.pid || '–'}</span>
                    {!process.ours && process.user && <span className="dim small">{process.user}</span>}
                    {usage.after !== 0 && process.protection === null && isRunning(process.pid, process.startTime) && (
                      <EndProcess process={process} total={row.total} />
                    )}
                  </div>
                </td>
                <Cells usage={usage} total={row.total} />
              </tr>
            ))}
          </Fragment>
        ))}
      </tbody>
    </table>
  );
}

function Cells({ usage, total }: { usage: Usage; total: number }) {
  const text = (mib: number | null) => (mib === null ? '–' : sizeText(mib, total));
  return (
    <>
      <td className="number">{text(usage.before)}</td>
      <td className="number">{text(usage.after)}</td>
      <td className="number freed">{text(usage.freed)}</td>
    </>
  );
}
