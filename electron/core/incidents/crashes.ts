import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type CrashReport, type CrashSummary, crashReportSchema, PanelError } from '#contract';
import { writeFileAtomic } from '../base/index.ts';
import { anonymous, mapTexts, type Person, withoutSecrets } from './anonymous.ts';
import { idsIn, nextName, prune, timeOf } from './folder.ts';
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
  /** Values that must not be in a report although they do not look like secrets: those that the person gave a backend. */
  secrets?: () => string[];
}

/** Stores each crash of the backend as one file in `folder`. */
export function createCrashes({ folder, person, secrets = () => [] }: CrashesOptions): Crashes {
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
      const report: CrashReport = { kind: 'crash', time, lastHour: recent.length + 1, ...clean(evidence, secrets()) };
      try {
        await writeFileAtomic(fileOf(id), `${JSON.stringify(report, null, 2)}\n`);
        await prune(folder, 'crash');
        return id;
      } catch (error) {
        console.error(`headroom: ${error instanceof Error ? error.message : error}`);
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
      const report = anonymous(await get(id), person);
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
function clean(evidence: CrashEvidence, secrets: readonly string[]): CrashEvidence {
  // The longest first: it may contain a shorter one.
  const values = [...secrets].sort((a, b) => b.length - a.length);
  const without = (text: string) => values.reduce((rest, value) => rest.replaceAll(value, '[removed]'), text);
  const line = (text: string) => withoutSecrets(without(text)).slice(0, LINE_CHARACTERS);
  const { reason, output } = evidence;
  return {
    ...evidence,
    reason: { ...reason, sentence: mapTexts(reason.sentence, line), lines: reason.lines.map(line) },
    output: output.slice(-OUTPUT_LINES).map(line),
  };
}
