import { NativeSelect, NumberInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { type KvCache, kvCaches } from '#contract';

/** What a run that generates may ask of its memory. */
export interface MemoryOptions {
  /** Tokens of one prefill chunk; empty: the whole prompt, or the largest chunk that fits. */
  chunk: number | '';
  kvCache: KvCache;
}

export const defaultMemory: MemoryOptions = { chunk: '', kvCache: 'gpu' };

/** As a run asks for it; nothing where it is the default. */
export const memoryParameters = ({ chunk, kvCache }: MemoryOptions) => ({
  ...(chunk === '' ? {} : { prefill_chunk: chunk }),
  ...(kvCache === 'gpu' ? {} : { kv_cache: kvCache }),
});

/** As the plan asks for it. */
export const memoryWork = ({ chunk, kvCache }: MemoryOptions) => ({
  ...(chunk === '' ? {} : { chunk }),
  ...(kvCache === 'gpu' ? {} : { kv_cache: kvCache }),
});

export function MemoryFields({ value, onChange }: { value: MemoryOptions; onChange(next: MemoryOptions): void }) {
  const { t } = useTranslation();
  return (
    <>
      <NumberInput
        size="xs"
        label={t('run.chunk')}
        placeholder={t('run.chunkHint')}
        min={16}
        allowDecimal={false}
        value={value.chunk}
        onChange={(chunk) => onChange({ ...value, chunk: typeof chunk === 'number' ? chunk : '' })}
      />
      <NativeSelect
        size="xs"
        label={t('run.kvCache')}
        value={value.kvCache}
        onChange={(event) => onChange({ ...value, kvCache: event.currentTarget.value as KvCache })}
        data={kvCaches.map((name) => ({ value: name, label: t(`run.kvCaches.${name}`) }))}
      />
    </>
  );
}
