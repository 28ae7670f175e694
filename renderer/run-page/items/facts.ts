import type { CevalItem, NeedleItem } from '#contract';

type Translate = (key: string, values?: Record<string, unknown>) => string;

/** What is known of one answer besides its text: repeat, tokens, seconds, why it ended. */
export function factsOf(item: NeedleItem | CevalItem, t: Translate): string[] {
  const { tokens_out: out, seconds, finish_reason: finish } = item;
  const read = 'subject' in item ? item.tokens_in : item.prompt_tokens;
  const repeat = 'subject' in item ? undefined : item.repeat;
  return [
    !('subject' in item) && t(`run.tasks.${item.task_type}`),
    repeat !== undefined && t('runPage.repeat', { number: repeat + 1 }),
    read !== undefined && t('runPage.tokensIn', { count: read, tokens: read.toLocaleString() }),
    out !== undefined && t('runPage.tokensOut', { count: out }),
    seconds !== undefined && `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`,
    finish === 'length' ? t('runPage.cut') : finish === 'stop' ? t('runPage.ended') : (finish ?? false),
  ].filter((fact): fact is string => typeof fact === 'string');
}
