import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { KvCache, Plan, WayOut } from '#contract';
import { useSentence } from '../../i18n/index.ts';
import { bytesText, useCommand } from '../../parts/index.ts';
import type { Setters } from '../run-form.ts';

/** The changes that would make the run fit: a button where the panel has a control for it, else plain text. */
export function WaysOut({ plan, setters }: { plan: Plan; setters: Setters }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const change = useCommand('settings.change');
  if (plan.ways_out.length === 0) return null;
  const applierOf = (name: WayOut['change'], to: number | string): (() => void) | undefined => {
    if (name === 'limit') return () => void change.run({ values: { LBS_GPU_MEMORY_LIMIT: to } });
    if (name === 'dtype') return () => void change.run({ values: { LBS_TORCH_DTYPE: to as 'bfloat16' } });
    if (name === 'kv_offload' || name === 'kv_quantized') {
      return setters.kvCache && (() => setters.kvCache?.(to as KvCache));
    }
    const set = setters[name];
    return set && (() => set(Number(to)));
  };
  return (
    <div className="ways small">
      <span className="dim">{t('plan.fits')}</span>
      {plan.ways_out.map(({ change: name, to, total }) => {
        const label = t(`plan.way.${name}`, { to });
        const onClick = applierOf(name, to);
        if (!onClick) return <span key={name}>{label}</span>;
        return (
          <Button key={name} size="compact-xs" variant="default" title={bytesText(total)} onClick={onClick}>
            {label}
          </Button>
        );
      })}
      {plan.ways_out.map(
        ({ change: name, price_sentence: price }) =>
          price && (
            <div key={name} className="dim whole">
              {t('plan.price', { way: t(`plan.way.${name}`), price: sentence(price) })}
            </div>
          ),
      )}
      {change.error && <div className="error">{sentence(change.error.sentence)}</div>}
    </div>
  );
}
