import type { TFunction } from 'i18next';
import { type Limit, limitText } from '#contract';

/** "0.80", or that there is none. */
export const limitWords = (limit: Limit, t: TFunction) => (limit === 0 ? t('plan.noLimit') : limitText(limit));
