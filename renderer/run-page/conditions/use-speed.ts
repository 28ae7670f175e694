import { useTranslation } from 'react-i18next';
import { provenanceSchema, type Run, type RunConditions } from '#contract';
import { type Tests, totalsOf } from '../items/tests.ts';
import { energyOf } from './condition-lines.ts';

interface Fact {
  name: string;
  /** Null: unknown. */
  value: string | null;
  about?: string;
}

const JOULES_PER_WH = 3_600;

/** Speed and energy of a run. */
export function useSpeed(run: Run, tests: Tests, conditions: RunConditions | null): Fact[] {
  const { t, i18n } = useTranslation();
  const number = (value: number) => Math.round(value).toLocaleString(i18n.language);
  const totals = totalsOf(tests);
  const energy = conditions && energyOf(conditions);
  const resumed = provenanceSchema.safeParse(run.result).data?.resumed_items ?? 0;
  const facts: Fact[] = [];
  if (totals && totals.seconds > 0) {
    facts.push({
      name: t('runPage.tokensPerSecond'),
      value: number((totals.read + totals.written) / totals.seconds),
      about: t('runPage.tokensRead', { read: number(totals.read), written: number(totals.written) }),
    });
  }
  facts.push({
    name: t('runPage.energy'),
    value: energy ? t('runPage.wh', { wh: (energy.joules / JOULES_PER_WH).toFixed(2) }) : null,
    ...(energy ? { about: t('runPage.watts', { watts: (energy.joules / energy.seconds).toFixed(0) }) } : {}),
  });
  // A resumed run took over answers whose energy another run used.
  if (energy && totals && resumed === 0 && run.resumes === null)
    facts.push({
      name: t('runPage.perToken'),
      value: `${(energy.joules / (totals.read + totals.written)).toFixed(2)} J`,
      about: t('runPage.perTokenAbout'),
    });
  return facts;
}
