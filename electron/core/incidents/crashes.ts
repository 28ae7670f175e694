import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type CrashReport, type CrashSummary, crashReportSchema, PanelError } from '#contract';
import { writeFileAtomic } from '../base/index.ts';
import { createRedactor, loadDetector, type Person } from '../redaction/index.ts';
import type { Evidence } from './evidence.ts';
import { idsIn, nextName, prune, timeOf } from './folder.ts';
import { notSaved, type OnNotSaved } from './not-saved.ts';
import { say } from './sentences.ts';

export type CrashEvidence = Omit<CrashReport, 'kind' | 'time' | 'lastHour'>;

export interface Crashes {
  /** Writes one report and prunes the oldest; returns its id, or null where the disk is full. */
  record(evidence: CrashEvidence): Promise<string | null>;
  /** Newest first. */
  list(): Promise<CrashSummary[]>;
  /** Throws PanelError where there is no report with this id, or it is damaged. */
  get(id: string): Promise<CrashReport>;
  /** The report as one file to hand on, without personal data and secrets. */
  export(id: string): Promise<{ name: string; text: string }>;
  delete(id: string): Promise<void>;
}

const HOUR_MS = 3_600_000;
const LISTED = 200;
const OUTPUT_LINES = 200;
const LINE_CHARACTERS = 2_000;

interface CrashesOptions {
  folder: string;
  person: Person;
  /** Secret values that do not look like secrets; a report leaves them out. */
  secrets?: () => readonly string[];
  onNotSaved: OnNotSaved;
}

/** Stores each crash of the backend as one file in `folder`. */
export function createCrashes({ folder, person, secrets = () => [], onNotSaved }: CrashesOptions): Crashes {
  // Reports never change: each is read once for the list.
  const known = new Map<string, CrashSummary>();
  const fileOf = (id: string) => join(folder, `${id}.json`);

  const get = async (id: string) => {
    const text = await readFile(fileOf(id), 'utf8').catch((error: Error) => {
      throw new PanelError('not_found', say('unreadable', { reason: error.message }));
    });
    return parse(text);
  };
  const summarize = async (id: string): Promise<CrashSummary> => {
    const listed = known.get(id);
    if (listed) return listed;
    const time = timeOf(id) ?? 0;
    const report = await get(id).catch(() => null);
    if (!report) return { id, time, sentence: null, lastHour: null, damaged: true };
    const summary = { id, time, sentence: report.reason.sentence, lastHour: report.lastHour, damaged: false };
    known.set(id, summary);
    return summary;
  };

  return {
    async record(evidence) {
      const { id, time } = nextName('crash');
      const recent = (await idsIn(folder, 'crash')).filter((old) => (timeOf(old) ?? 0) > time - HOUR_MS);
      const report: CrashReport = {
        kind: 'crash',
        time,
        lastHour: recent.length + 1,
        ...(await redacted(evidence, secrets)),
      };
      try {
        await writeFileAtomic(fileOf(id), `${JSON.stringify(report, null, 2)}\n`);
        await prune(folder, 'crash');
        return id;
      } catch (error) {
        onNotSaved(notSaved(error));
        return null;
      }
    },
    async list() {
      const rows: CrashSummary[] = [];
      // One after another: a hundred reports at once would take much memory.
      for (const id of (await idsIn(folder, 'crash')).slice(0, LISTED)) rows.push(await summarize(id));
      return rows;
    },
    get,
    async export(id) {
      // Again: an earlier version of Headroom may have written it.
      const redactor = createRedactor({ detect: await loadDetector(), known: secrets, person });
      const report = redactor.value(await get(id));
      return { name: `headroom-${id}.json`, text: `${JSON.stringify(report, null, 2)}\n` };
    },
    async delete(id) {
      known.delete(id);
      await rm(fileOf(id), { force: true });
    },
  };
}

function parse(text: string): CrashReport {
  const damaged = new PanelError('refused', say('damaged'));
  try {
    const parsed = crashReportSchema.safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
  } catch {
    // Truncated, or not JSON.
    throw damaged;
  }
  throw damaged;
}

/** Removes secrets and shortens lines before anything is written. */
export async function redacted<T extends Evidence>(evidence: T, known: () => readonly string[]): Promise<T> {
  const redactor = createRedactor({ detect: await loadDetector(), known });
  // First, and in one piece: a key may take several lines, and what is found here is removed everywhere.
  const output = redactor.text(evidence.output.slice(-OUTPUT_LINES).join('\n')).split('\n');
  return { ...redactor.value(evidence), output: output.map((line) => line.slice(0, LINE_CHARACTERS)) };
}
