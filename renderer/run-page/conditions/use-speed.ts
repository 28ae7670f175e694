import { useTranslation } from 'react-i18next';
import { performanceSchema, provenanceSchema, type Run, type RunConditions } from '#contract';
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
  const measured = performanceSchema.safeParse(run.result?.performance).data;
  const facts: Fact[] = [];
  if (measured) {
    const { time_to_first_token: first, time_to_first_token_max: longest } = measured;
    const perSecond = (tokens: number | null) => tokens !== null && t('runPage.perSecond', { tokens: number(tokens) });
    const known = (name: string, value: string | false, about: string) => {
      if (value !== false) facts.push({ name: t(`runPage.${name}`), value, about });
    };
    known(
      'firstToken',
      first !== null && secondsText(first),
      longest === null ? '' : t('runPage.longest', { time: secondsText(longest) }),
    );
    known(
      'prefill',
      perSecond(measured.prefill_tokens_per_second),
      t('runPage.tokens', { tokens: number(measured.prompt_tokens) }),
    );
    known(
      'decode',
      perSecond(measured.decode_tokens_per_second),
      t('runPage.tokens', { tokens: number(measured.generated_tokens) }),
    );
  } else if (totals && totals.seconds > 0) {
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

/** Milliseconds where a second says too little. */
const secondsText = (seconds: number) =>
  seconds < 1 ? `${Math.round(1_000 * seconds)} ms` : `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
