import { z } from 'zod';
import { type ServerId, serverIdSchema } from '#contract';
import { createJsonStore, type Saving } from '../base/index.ts';

/** Servers whose banner the person has dismissed, also in an earlier start of the panel. */
export interface DismissedServers {
  has(server: ServerId): boolean;
  /** Replaces the list. Throws PanelError where the disk fails and nothing keeps the change meanwhile. */
  replace(servers: readonly ServerId[]): Promise<void>;
}

const fileSchema = z.object({ dismissed: z.array(serverIdSchema) });

export async function openDismissedServers(file: string, saving?: Saving): Promise<DismissedServers> {
  const store = await createJsonStore({ file, saving, schema: fileSchema, fallback: { dismissed: [] } });
  return {
    has: ({ pid, startTime }) => store.value().dismissed.some((one) => one.pid === pid && one.startTime === startTime),
    async replace(servers) {
      await store.update(() => ({ dismissed: servers.map(({ pid, startTime }) => ({ pid, startTime })) }));
    },
  };
}
