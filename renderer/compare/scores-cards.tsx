import { useTranslation } from 'react-i18next';
import type { Comparison, GroupScore } from '#contract';
import { Card } from '../parts/index.ts';
import { GroupGrid } from './group-grid.tsx';
import { SubjectTable } from './subject-table.tsx';
import { letterOf } from './verdict.ts';

const isNeedle = (scores: readonly GroupScore[]) =>
  scores.length > 0 && scores.every(({ group }) => group.length === 2);

/** Heat maps side by side with their differences, or the table of subjects. */
export function ScoresCards({ comparison }: { comparison: Comparison }) {
  const { t } = useTranslation();
  const { groups, against, runs } = comparison;
  const scored = groups.filter((scores) => scores.length > 0);
  if (scored.length === 0) return null;
  if (!scored.every(isNeedle))
    return scored.some(isNeedle) ? null : (
      <Card title={t('compare.bySubject')}>
        <SubjectTable comparison={comparison} />
      </Card>
    );
  return (
    <div className="compare-maps">
      {runs.map((run, i) => (
        <Card key={run.req_id} title={`${letterOf(i)} · ${run.score?.value.toFixed(2) ?? '–'}`}>
          <GroupGrid name={letterOf(i)} scores={groups[i] ?? []} />
        </Card>
      ))}
      {against.map(({ req_id, differences }, i) => {
        const name = `${letterOf(i + 1)} − A`;
        return (
          differences.length > 0 && (
            <Card key={`difference ${req_id}`} title={name}>
              <GroupGrid name={name} scores={differences} difference />
            </Card>
          )
        );
      })}
    </div>
  );
}
