import { useTranslation } from 'react-i18next';
import { provenanceSchema } from '#contract';
import { useSentence } from '../../i18n/index.ts';
import {
  createRedactions,
  now,
  redacted,
  runName,
  runStatusKey,
  type SavedFile,
  saveBlob,
  useTimeFormat,
} from '../../parts/index.ts';
import { core } from '../../store.ts';
import { conditionLines, spillLines } from '../conditions/condition-lines.ts';
import { useSpeed } from '../conditions/use-speed.ts';
import { CURVE_METRICS, curveOf, predictedMiB } from '../memory/curve.ts';
import { heatCells } from '../needle/heat-cells.ts';
import type { Report } from '../report.ts';
import { resultsOf } from '../results.ts';
import { useScore } from '../score/use-score.ts';
import { settingRows } from '../setting-rows.ts';
import { csvOf } from './csv.ts';
import { pageHtml } from './page-html.ts';
import { pngOf } from './png.ts';
import { type CurveNames, type Drawing, drawCurve, drawHeat, drawTitle, stacked } from './svg.ts';

const WIDTH = 900;
/** More answers make a page that nobody reads; the CSV file has all of them. */
const ANSWERS = 500;

/** Without the person's name and home folder, which an error or a setting may hold. */
const impersonal = async <T>(value: T): Promise<T> => JSON.parse((await redacted(JSON.stringify(value), true)).text);

/** The files of a run, without secrets; answers are otherwise as they are, what is around them is without names. */
export function useExports(report: Report) {
  const { t, i18n } = useTranslation();
  const sentence = useSentence();
  const { full } = useTimeFormat();
  const { run, tests, conditions } = report;
  const score = useScore(run, tests);
  const facts = useSpeed(run, tests, conditions);
  const title = runName(run);
  const name = (ending: string) =>
    `${`${title} ${run.req_id.slice(0, 8)}`.replaceAll(/[^\p{L}\p{N}.-]+/gu, '-')}.${ending}`;
  const lines = [
    [t(runStatusKey(run)), run.start_time && full(run.start_time * 1_000)].filter(Boolean).join(' · '),
    score ? [score.text, score.about, !score.isFinal && t('runPage.soFar')].filter(Boolean).join(' · ') : '',
    run.error_sentence ? sentence(run.error_sentence) : (run.error ?? ''),
  ].filter(Boolean);

  const names = {
    ours: `${t('runPage.ours')} (GiB)`,
    used: t('runPage.used'),
    limit: t('charts.line.limitMiB'),
    predicted: t('plan.predicted'),
  };

  const pictures = async (): Promise<Drawing[]> => {
    const heat =
      tests.kind === 'needle'
        ? [drawHeat(heatCells(resultsOf(run).needle ?? { tests: tests.list.map(({ item }) => item) }))]
        : [];
    return [...heat, ...(await curves(report, names))];
  };
  const withoutSecrets = async (file: string, text: string, type: string): Promise<SavedFile> => {
    const { text: content } = await redacted(text);
    const redactions = createRedactions();
    redactions.add(content);
    const save = () => saveBlob(file, new Blob([content], { type }));
    return { name: file, redactions: redactions.result(), content, save };
  };
  return {
    async png() {
      const picture = stacked([drawTitle(title, await impersonal(lines)), ...(await pictures())]);
      return { name: name('png'), blob: await pngOf(picture) };
    },
    csv: () => withoutSecrets(name('csv'), csvOf(tests, t), 'text/csv'),
    async html() {
      const speed = facts.map(({ name: fact, value, about }) => [
        fact,
        [value ?? t('runPage.unknownValue'), about].filter(Boolean).join(' '),
      ]);
      const known = [...spillLines(run, t), ...(conditions ? conditionLines(conditions, t) : [])].map(({ text }) => [
        '',
        text,
      ]);
      const settings = settingRows(run, provenanceSchema.safeParse(run.result).data, t).map(({ name: set, value }) => [
        set,
        value,
      ]);
      const drawings = await pictures();
      const text = pageHtml({
        language: i18n.language,
        title,
        lines: [...(await impersonal(lines)), t('runPage.made', { time: full(now()) })],
        pictures: drawings.length > 0 ? [stacked(drawings, 0).svg] : [],
        tables: [
          { caption: t('runPage.speed'), head: [], rows: await impersonal([...speed, ...known]) },
          { caption: t('runPage.settings'), head: [], rows: await impersonal(settings) },
          ...answersTable(report, t),
        ],
      });
      return withoutSecrets(name('html'), text, 'text/html');
    },
  };
}

/** The curve of each GPU, as far as its samples are kept. */
async function curves({ run, conditions }: Report, names: CurveNames): Promise<Drawing[]> {
  const { span, gpus } = conditions ?? { span: null, gpus: [] };
  if (!span) return [];
  const over = { from: Math.floor(span.from), to: Math.ceil(span.to) };
  const windows = gpus.map(({ uuid }) =>
    core.call('history.window', { source: uuid, metrics: CURVE_METRICS, ...over, width: WIDTH }),
  );
  const read = await Promise.all(windows);
  return read.map((window) =>
    drawCurve(curveOf(window, over.from), over, predictedMiB(run.result, null, gpus.length === 1), names),
  );
}

function answersTable({ tests }: Report, t: (key: string, values?: Record<string, unknown>) => string) {
  const name = (column: string) => t(`runPage.column.${column}`);
  const head = [
    name('key'),
    name('score'),
    name('expected'),
    name('response'),
    name('finish'),
    name('tokensIn'),
    name('tokensOut'),
  ];
  const number = (value: number | undefined) => (value === undefined ? '' : String(value));
  const rows =
    tests.kind === 'needle'
      ? tests.list.map(({ key, item }) => [
          key ?? '',
          number(item.score),
          item.expected_keys?.join(' ') ?? item.expected_needle,
          item.response,
          item.finish_reason ?? '',
          number(item.prompt_tokens),
          number(item.tokens_out),
        ])
      : tests.kind === 'ceval'
        ? tests.list.map(({ key, item }) => [
            key ?? item.subject,
            number(item.score),
            item.answer,
            item.output ?? item.response,
            item.finish_reason ?? '',
            number(item.tokens_in),
            number(item.tokens_out),
          ])
        : [];
  if (rows.length === 0) return [];
  const caption =
    rows.length > ANSWERS
      ? `${t('runPage.answers', { count: rows.length })}: ${t('runPage.of', { count: ANSWERS, total: rows.length })}`
      : t('runPage.answers', { count: rows.length });
  return [{ caption, head, rows: rows.slice(0, ANSWERS) }];
}
