import { join } from 'node:path';
import { writeFileAtomic } from '../settings/index.ts';

export interface Incidents {
  /** Keeps the evidence of an out-of-memory or a crash. A full disk costs the report, nothing else. */
  record(kind: 'out_of_memory' | 'crash', evidence: Record<string, unknown>): Promise<void>;
}

export function createIncidents(folder: string): Incidents {
  return {
    async record(kind, evidence) {
      const time = new Date().toISOString();
      const file = join(folder, `${time.replaceAll(/[:.]/g, '-')}-${kind}.json`);
      try {
        await writeFileAtomic(file, `${JSON.stringify({ kind, time, ...evidence }, null, 2)}\n`);
      } catch (error) {
        console.error(`headroom: ${error instanceof Error ? error.message : error}`);
      }
    },
  };
}
