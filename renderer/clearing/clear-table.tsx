import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';
import { sizeText } from '../parts/index.ts';
import { EndProcess } from '../processes/index.ts';
import { usePanelState } from '../store.ts';
import type { GpuRow, Held } from './clear-rows.ts';

/** Per GPU and per process: what was held, what is held, what came back. */
export function ClearTable({ rows }: { rows: GpuRow[] }) {
  const { t } = useTranslation();
  const listed = usePanelState((state) => state.telemetry.processes);
  const isThere = (pid: number, startTime: number | null) =>
    listed.some((one) => one.pid === pid && one.startTime === startTime);
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
            <tr className="whole">
              <th scope="row">{t('plan.gpu', { index: row.index ?? '–' })}</th>
              <Figures held={row} total={row.total} />
            </tr>
            {row.processes.map(({ process, ...held }) => (
              <tr key={`${process.pid} ${process.startTime}`} className={held.after === 0 ? 'gone' : ''}>
                <td>
                  <div className="row holder">
                    {process.ours && <span className="tag fits">{t('processes.role.ours')}</span>}
                    <span className="cut" title={process.name}>
                      {process.name.replace(/^\S*\//, '')}
                    </span>
                    <span className="dim small">{process.pid}</span>
                    {!process.ours && process.user && <span className="dim small">{process.user}</span>}
                    {held.after !== 0 && process.spared === null && isThere(process.pid, process.startTime) && (
                      <EndProcess process={process} total={row.total} />
                    )}
                  </div>
                </td>
                <Figures held={held} total={row.total} />
              </tr>
            ))}
          </Fragment>
        ))}
      </tbody>
    </table>
  );
}

function Figures({ held, total }: { held: Held; total: number }) {
  const text = (mib: number | null) => (mib === null ? '–' : sizeText(mib, total));
  return (
    <>
      <td className="number">{text(held.before)}</td>
      <td className="number">{text(held.after)}</td>
      <td className="number back">{text(held.back)}</td>
    </>
  );
}
