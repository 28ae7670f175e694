import { useTranslation } from 'react-i18next';
import { needleParametersSchema, type Run, verbatim } from '#contract';
import { useSentence } from '../../i18n/index.ts';
import { bytesText, Card } from '../../parts/index.ts';
import { usePlace } from '../../routes/index.ts';
import { CategoryTable } from '../ceval/category-table.tsx';
import { SubjectTable } from '../ceval/subject-table.tsx';
import { subjectStatistics } from '../ceval/subjects.ts';
import { VariantLine } from '../ceval/variant-line.tsx';
import type { Tests } from '../items/tests.ts';
import { heatCells } from '../needle/heat-cells.ts';
import { HeatMap } from '../needle/heat-map.tsx';
import { NeedleDefinition } from '../needle/needle-result.tsx';
import { resultsOf } from '../results.ts';
import { useScore } from './use-score.ts';

/** The score with what it counts, and where it comes from: a heat map, or a table of subjects. */
export function ScoreCard({ run, tests }: { run: Run; tests: Tests }) {
  const { t } = useTranslation();
  const score = useScore(run, tests);
  if (!score) return null;
  return (
    <Card title={t(score.isFinal ? 'runPage.score' : 'runPage.scoreSoFar')}>
      <div className="run-score">
        <strong>{score.text}</strong>
        <span className="dim">{score.about}</span>
        {!score.isFinal && <span className="tag tight">{t('runPage.soFar')}</span>}
      </div>
      <Parts run={run} tests={tests} />
      <Notes run={run} />
    </Card>
  );
}

function Parts({ run, tests }: { run: Run; tests: Tests }) {
  const { t } = useTranslation();
  const [cell, openCell] = usePlace('cell');
  const [subject, openSubject] = usePlace('subject');
  const [, openItem] = usePlace('item');
  const needle = resultsOf(run).needle;
  const ceval = resultsOf(run).ceval;
  if (tests.kind === 'needle') {
    const cells = heatCells(
      needle ?? {
        tests: tests.list.map(({ item }) => item),
        asked: needleParametersSchema.safeParse(run.parameters).data ?? {},
      },
    );
    const select = (key: string) => {
      openItem(null);
      openCell(key);
    };
    const truncated = tests.list.filter(({ item }) => item.finish_reason === 'length').length;
    return (
      <>
        <HeatMap cells={cells} selected={cell} onSelect={select} />
        <div className="dim small">{t('runPage.axes')}</div>
        {truncated > 0 && <div className="dim small">{t('runs.needle.truncated', { count: truncated })}</div>}
        {needle && <NeedleDefinition result={needle} />}
      </>
    );
  }
  if (tests.kind === 'none' && !ceval) return null;
  const select = (name: string) => {
    openItem(null);
    openSubject(name);
  };
  return (
    <>
      {ceval && <VariantLine result={ceval} />}
      {ceval && <CategoryTable result={ceval} />}
      <SubjectTable
        statistics={ceval?.subject_statistics ?? subjectStatistics(tests)}
        selected={subject}
        onSelect={tests.list.length > 0 ? select : undefined}
      />
    </>
  );
}

/** What was left out, reduced or resumed. */
function Notes({ run }: { run: Run }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const result = resultsOf(run).common;
  if (!result) return null;
  return (
    <>
      {result.cpu_peak !== undefined && (
        <div className="dim small">{t('runs.peak', { peak: `CPU ${bytesText(result.cpu_peak)}` })}</div>
      )}
      {(result.note_sentences ?? result.notes.map(verbatim)).map((note) => (
        <div key={note.text} className="dim small">
          {sentence(note)}
        </div>
      ))}
    </>
  );
}
