import { z } from 'zod';

/** Where a run that generates keeps its KV cache: on the GPU, in system RAM, or on the GPU in fp8, which changes results. */
export const kvCaches = ['gpu', 'offloaded', 'quantized'] as const;

export const kvCacheSchema = z.enum(kvCaches);

export type KvCache = z.infer<typeof kvCacheSchema>;
