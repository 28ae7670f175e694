import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CrashReport } from '#contract';
import { useSentence } from '../i18n/index.ts';
import { OutputLines, sizeText, useCommand } from '../parts/index.ts';
import { crashPeaks, crashSettings } from './crash-facts.ts';

/** One report: the advice, the versions, the settings, the memory and the last lines of output. */
export function CrashDetails({ id }: { id: string }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const { run: get, error } = useCommand('crashes.get');
  const [report, setReport] = useState<CrashReport | null>(null);
  useEffect(() => void get({ id }).then(setReport), [get, id]);
  if (error) return <div className="error small">{sentence(error.sentence)}</div>;
  if (!report) return null;
  return (
    <div className="stack crash-details">
      {report.reason.advice && <div>{sentence(report.reason.advice)}</div>}
      <div className="dim small">{versionsText(report)}</div>
      <Settings report={report} />
      <Memory report={report} />
      {report.output.length > 0 && (
        <div>
          <span className="dim small">{t('crashes.lines', { count: report.output.length })}</span>
          <OutputLines text={report.output.join('\n')} />
        </div>
      )}
    </div>
  );
}

const versionsText = ({ versions }: CrashReport) =>
  Object.entries(versions)
    .filter(([, version]) => version !== null)
    .map(([name, version]) => `${name} ${version}`)
    .join(' · ');

function Settings({ report }: { report: CrashReport }) {
  const { t } = useTranslation();
  const rows = crashSettings(report);
  if (rows.length === 0) return <div className="dim small">{t('crashes.defaults')}</div>;
  return (
    <table className="plain small">
      <thead>
        <tr>
          <th>{t('crashes.setting')}</th>
          <th>{t('crashes.desired')}</th>
          <th>{t('crashes.running')}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ name, desired, running }) => (
          <tr key={name}>
            <td>{name}</td>
            <td>{desired ?? t('settings.unset')}</td>
            <td>{running ?? '–'}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Memory({ report }: { report: CrashReport }) {
  const { t } = useTranslation();
  const { processes } = report.memory;
  return (
    <div className="small">
      {crashPeaks(report).map(({ index, used, ours, total }) => (
        <div key={index}>
          {t('crashes.peak', { index, used: sizeText(used, total), total: sizeText(total, total) })}
          {ours !== null && t('crashes.ours', { ours: sizeText(ours, total) })}
        </div>
      ))}
      {processes.map(({ gpuUuid, pid, name, usedMiB }) => (
        <div key={`${gpuUuid}${pid}`} className="dim cut" title={name}>
          {name} ({pid}) {usedMiB === null ? '' : `${usedMiB} MiB`}
        </div>
      ))}
    </div>
  );
}
