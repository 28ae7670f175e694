import { useTranslation } from 'react-i18next';
import { now } from '../live/now.ts';
import { duration, sizeText } from '../live/units.ts';
import { Card } from '../parts/card.tsx';
import { usePanelState } from '../store.ts';
import { EndProcess } from './end-process.tsx';

export function Processes() {
  const { t } = useTranslation();
  const { processes, devices, state } = usePanelState((panel) => panel.telemetry);
  if (state !== 'ok') return null;
  const many = devices.length > 1;
  const total = (uuid: string) => devices.find((device) => device.uuid === uuid)?.memoryTotalMiB ?? 1024;
  return (
    <Card title={t('processes.title')} aside={<span className="dim small">{t('processes.every')}</span>}>
      {processes.length === 0 ? (
        <p className="dim" style={{ margin: '6px 0 0' }}>
          {t('processes.none')}
        </p>
      ) : (
        <table className="plain">
          <thead>
            <tr>
              {many && <th>{t('processes.gpu')}</th>}
              <th>{t('processes.pid')}</th>
              <th>{t('processes.name')}</th>
              <th>{t('processes.user')}</th>
              <th>{t('processes.since')}</th>
              <th className="number">{t('processes.memory')}</th>
              <th>
                <span className="visually-hidden">{t('processes.action')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {processes.map((process) => (
              <tr key={`${process.gpuUuid}${process.pid}`}>
                {many && <td>{devices.find((device) => device.uuid === process.gpuUuid)?.index ?? '–'}</td>}
                <td>{process.pid}</td>
                <td>
                  {process.ours && <span className="tag fits">{t('processes.ours')}</span>} {process.name}
                </td>
                <td>{process.user ?? '–'}</td>
                <td>{process.since === null ? '–' : duration(now() - process.since)}</td>
                <td className="number">
                  {process.usedMiB === null ? '–' : sizeText(process.usedMiB, total(process.gpuUuid))}
                </td>
                <td className="action">
                  <EndProcess process={process} total={total(process.gpuUuid)} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Card>
  );
}
