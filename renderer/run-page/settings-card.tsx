import { useTranslation } from 'react-i18next';
import { provenanceSchema, type Run } from '#contract';
import { Card } from '../parts/index.ts';
import { settingRows } from './setting-rows.ts';

/** What a run was made with: enough to make it again. */
export function SettingsCard({ run }: { run: Run }) {
  const { t } = useTranslation();
  const provenance = provenanceSchema.safeParse(run.result).data;
  const rows = settingRows(run, provenance, t);
  const all = [...Object.entries(provenance?.settings ?? {}), ...Object.entries(run.parameters)];
  return (
    <Card title={t('runPage.settings')}>
      <table className="plain small">
        <tbody>
          {rows.map(({ name, value }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td className="breaks">{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {!provenance?.versions.torch && run.status === 'completed' && (
        <div className="dim small run-gap">{t('runPage.noVersions')}</div>
      )}
      <details className="run-gap">
        <summary className="small">{t('runPage.allSettings')}</summary>
        <table className="plain small">
          <tbody>
            <tr>
              <th scope="row">{t('runPage.folder')}</th>
              <td className="breaks">{run.model}</td>
            </tr>
            <tr>
              <th scope="row">{t('runPage.id')}</th>
              <td className="breaks">{run.req_id}</td>
            </tr>
            {all.map(([name, value]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td className="breaks">{typeof value === 'string' ? value : JSON.stringify(value)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </Card>
  );
}
