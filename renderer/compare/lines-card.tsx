import { SegmentedControl } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Comparison } from '#contract';
import { bytesText, Card, exactDuration } from '../parts/index.ts';
import { usePlace } from '../routes/index.ts';
import { letterOf } from './verdict.ts';

interface Line {
  section: string;
  name: string;
  values: readonly (string | number | boolean | null)[];
  differs: boolean;
}

const choices = ['differs', 'all'] as const;

/** Settings, parameters, versions and figures of each run: only what differs, or all. */
export function LinesCard({ comparison }: { comparison: Comparison }) {
  const { t } = useTranslation();
  const [all, setAll] = usePlace('lines');
  const lines = [...figures(comparison, (name) => t(`compare.figure.${name}`)), ...comparison.lines];
  const shown = all === null ? lines.filter(({ differs }) => differs) : lines;
  const choice = (
    <SegmentedControl
      size="xs"
      aria-label={t('compare.show')}
      data={choices.map((name) => ({ value: name, label: t(`compare.${name}`) }))}
      value={all === null ? 'differs' : 'all'}
      onChange={(name) => setAll(name === 'all' ? 'all' : null)}
    />
  );
  return (
    <Card title={t('compare.lines')} actions={choice}>
      {shown.length === 0 && <p className="dim">{t('compare.nothingDiffers')}</p>}
      {shown.length > 0 && (
        <div className="compare-scroll">
          <table className="plain small compare-lines">
            <caption className="visually-hidden">{t('compare.lines')}</caption>
            <thead>
              <tr>
                <th scope="col">{t('compare.name')}</th>
                {comparison.runs.map(({ req_id }, i) => (
                  <th key={req_id} scope="col">
                    {letterOf(i)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {shown.map((line) => (
                <tr key={`${line.section} ${line.name}`}>
                  <th scope="row">{line.section === 'run' ? t(`compare.line.${line.name}`) : line.name}</th>
                  {comparison.runs.map(({ req_id }, i) => (
                    <td key={req_id} className={line.values[i] === line.values[0] ? undefined : 'other'}>
                      {valueText(line, i)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}

function valueText({ section, name, values }: Line, i: number): string {
  const value = values[i] ?? null;
  if (value === null) return '–';
  if (section === 'run' && name === 'offload') return bytesText(Number(value));
  // A hash is told apart by its start.
  if (name === 'model_hash' || name === 'chat_template_hash') return String(value).slice(0, 27);
  return String(value);
}

/** What was measured of each run. */
function figures({ runs }: Comparison, nameOf: (name: string) => string): Line[] {
  const bytes = (value: number | null) => (value === null ? null : bytesText(value));
  const line = (name: string, values: (string | null)[]): Line => ({
    section: 'figures',
    name: nameOf(name),
    values,
    differs: values.some((value) => value !== values[0]),
  });
  return [
    line(
      'score',
      runs.map(({ score }) => score?.value.toFixed(3) ?? null),
    ),
    line(
      'measured',
      runs.map((run) => bytes(run.measured_peak)),
    ),
    line(
      'predicted',
      runs.map((run) => bytes(run.predicted_peak)),
    ),
    line(
      'speed',
      runs.map((run) => run.tokens_per_second?.toFixed(1) ?? null),
    ),
    line(
      'duration',
      runs.map(({ start_time: from, end_time: to }) =>
        from === null || to === null ? null : exactDuration(1_000 * (to - from)),
      ),
    ),
  ].filter(({ values }) => values.some((value) => value !== null));
}
