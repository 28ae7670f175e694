import { join } from 'node:path';
import { writeFileAtomic } from '../base/index.ts';
import { redacted } from './crashes.ts';
import type { Evidence } from './evidence.ts';
import { nextName, prune } from './folder.ts';
import { notSaved, type OnNotSaved } from './not-saved.ts';

interface Incidents {
  /** Writes the evidence of an out-of-memory error; a full disk only costs the report. */
  record(kind: 'out_of_memory', evidence: Evidence & { run: unknown }): Promise<void>;
}

export function createIncidents(folder: string, secrets: () => readonly string[], onNotSaved: OnNotSaved): Incidents {
  return {
    async record(kind, evidence) {
      const { id, time } = nextName(kind);
      const about = { kind, time: new Date(time).toISOString(), ...(await redacted(evidence, secrets)) };
      try {
        await writeFileAtomic(join(folder, `${id}.json`), `${JSON.stringify(about, null, 2)}\n`);
        await prune(folder, kind);
      } catch (error) {
        onNotSaved(notSaved(error));
      }
    },
  };
}
