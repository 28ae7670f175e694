import { useTranslation } from 'react-i18next';
import type { Comparison, GroupScore } from '#contract';
import { Card } from '../parts/index.ts';
import { axesOf, GroupGrid } from './group-grid.tsx';
import { SubjectTable } from './subject-table.tsx';
import { letterOf } from './verdict.ts';

const isNeedle = (scores: readonly GroupScore[]) =>
  scores.length > 0 && scores.every(({ group }) => group.length === 2);
const isBySubject = (scores: readonly GroupScore[]) => scores.some(({ group }) => group.length === 1);

/** Heat maps side by side with their differences on the same axes, and the table of subjects. */
export function ScoresCards({ comparison }: { comparison: Comparison }) {
  const { t } = useTranslation();
  const { groups, against, runs } = comparison;
  const axes = axesOf(groups.filter(isNeedle).flat());
  const differences = against.map((one) => one.differences);
  return (
    <>
      {groups.some(isNeedle) && (
        <div className="compare-maps">
          {runs.map((run, i) => {
            const scores = groups[i] ?? [];
            if (!isNeedle(scores)) return null;
            return (
              <Card key={run.req_id} title={`${letterOf(i)} · ${run.score?.value.toFixed(2) ?? '–'}`}>
                <GroupGrid name={letterOf(i)} axes={axes} scores={scores} />
              </Card>
            );
          })}
          {differences.map((scores, i) => {
            const name = `${letterOf(i + 1)} − A`;
            return (
              isNeedle(scores) && (
                <Card key={name} title={name}>
                  <GroupGrid name={name} axes={axes} scores={scores} difference />
                </Card>
              )
            );
          })}
        </div>
      )}
      {groups.some(isBySubject) && (
        <Card title={t('compare.bySubject')}>
          <SubjectTable comparison={comparison} />
        </Card>
      )}
    </>
  );
}
