import type { TelemetryFault } from '#contract';
import { busKey } from '../polling/pci.ts';
import { type Fault, faultOf, silent } from '../smi/faults.ts';
import { querySmi } from '../smi/query-smi.ts';
import { createRowParser, type Row, type StreamField } from '../stream/row.ts';
import type { SmiCommand } from '../types.ts';
import { identityAt } from './driver-files.ts';
import { lostRow, unknownDevice } from './lost-row.ts';

/** The GPUs that nvidia-smi still reports when it is asked for them alone, and the rows of the others. */
export interface Survivors {
  /** In the order of the index. */
  answering: readonly Answering[];
  lost: readonly Row[];
}

interface Answering {
  /** For `-i`. */
  id: string;
  index: number;
}

interface FindOptions {
  smi: SmiCommand;
  fields: readonly StreamField[];
  /** The rows of the GPUs to ask for, as far as they are known. */
  known: readonly Row[];
  /** The PCI bus ids of GPUs that may be queried, as the system lists them; empty where it lists none. */
  buses: readonly string[];
  timeoutMs: number;
  signal: AbortSignal;
}

/** What is known about one GPU to query. */
interface Candidate {
  id: string;
  row: Row | null;
}

type Answer = { id: string; row: Row } | { id: string; fault: Fault; known: Row | null };

/** With these failures every GPU fails. */
const forAll: readonly TelemetryFault[] = [
  'missing',
  'no_library',
  'no_driver',
  'version_mismatch',
  'no_devices',
  'bad_argument',
  'slow',
  'killed',
  'silent',
];
/** Whether nvidia-smi may fail as a whole because of one GPU. */
export const mayBeOneGpu = ({ kind, exitCode, sentence }: Fault) =>
  !forAll.includes(kind) && exitCode !== 0 && !/^Failed to initialize NVML/i.test(sentence.text);

/** More GPUs than a machine has. */
const MOST = 32;
const AT_ONCE = 4;

export const queryArgs = (fields: readonly StreamField[]) => [
  `--query-gpu=${fields.join(',')}`,
  '--format=csv,noheader,nounits',
];

/** A sample ends where the index falls. */
export const inOrder = (gpus: readonly Answering[]) => [...gpus].sort((one, other) => one.index - other.index);

/** Queries each GPU alone. Null if none answers. Never rejects. */
export async function findSurvivors(options: FindOptions): Promise<Survivors | null> {
  const candidates = candidatesOf(options.known, options.buses);
  const answers = candidates.length > 0 ? await ask(candidates, options) : await askByIndex(options);
  const found = answers.filter((answer) => 'row' in answer);
  if (found.length === 0) return null;
  return {
    answering: inOrder(found.map(({ id, row }) => ({ id, index: row.sample.index }))),
    lost: await lostIn(answers),
  };
}

function candidatesOf(known: readonly Row[], buses: readonly string[]): Candidate[] {
  const byRow = known.map((row) => ({ id: idOf(row), row }));
  const there = new Set(known.map(({ facts }) => busKey(facts.pciBusId ?? '')));
  return [...byRow, ...buses.filter((bus) => !there.has(busKey(bus))).map((id) => ({ id, row: null }))];
}

/** What `-i` takes: the bus id does not move with the index. */
export const idOf = ({ sample, facts }: Row): string =>
  facts.pciBusId ?? (sample.uuid.startsWith('GPU-unknown') ? String(sample.index) : sample.uuid);

async function ask(candidates: readonly Candidate[], options: FindOptions): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let first = 0; first < candidates.length; first += AT_ONCE)
    answers.push(...(await Promise.all(candidates.slice(first, first + AT_ONCE).map((one) => askOne(one, options)))));
  return answers;
}

/** Where nothing is known: by index, until there is no such GPU. */
async function askByIndex(options: FindOptions): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let first = 0; first < MOST; first += AT_ONCE) {
    const some = Array.from({ length: AT_ONCE }, (_, place) => ({ id: String(first + place), row: null }));
    const next = await ask(some, options);
    const end = next.findIndex((one) => 'fault' in one && (one.fault.kind === 'no_devices' || !mayBeOneGpu(one.fault)));
    answers.push(...(end < 0 ? next : next.slice(0, end)));
    if (end >= 0 || areSame(next)) break;
  }
  return answers;
}

/** A failure that names no GPU has nothing to do with one. */
const areSame = (answers: readonly Answer[]) => {
  const texts = answers.map((one) => ('fault' in one ? one.fault.sentence.text : null));
  return texts[0] !== null && texts.every((text) => text === texts[0]);
};

async function askOne({ id, row: known }: Candidate, options: FindOptions): Promise<Answer> {
  const { smi, fields, timeoutMs, signal } = options;
  const answer = await querySmi(smi, [...queryArgs(fields), '-i', id], timeoutMs, signal);
  const row = rowsIn(answer.stdout, fields)[0];
  if (row) return { id, row };
  return { id, fault: answer.timedOut ? silent : faultOf(answer, answer.stdout), known };
}

export function rowsIn(text: string, fields: readonly StreamField[]): Row[] {
  const { parse } = createRowParser(fields);
  return text.split('\n').flatMap((line) => parse(line.trimEnd()) ?? []);
}

function lostIn(answers: readonly Answer[]): Promise<Row[]> {
  const rows = answers.flatMap((one) => ('row' in one ? one.row : (one.known ?? [])));
  const used = new Set(rows.map(({ sample }) => sample.index));
  return Promise.all(
    answers.flatMap((one) => {
      if ('row' in one) return [];
      const index = one.known?.sample.index ?? freeIndex(one.id, used);
      used.add(index);
      return [lost(one.id, one.fault, index, one.known)];
    }),
  );
}

async function lost(id: string, fault: Fault, index: number, known: Row | null): Promise<Row> {
  if (known) return lostRow({ fault, index, uuid: known.sample.uuid, facts: known.facts });
  // Asked for by index, nvidia-smi names the bus.
  const pciBusId = busKey(id) ? id : (BUS.exec(fault.sentence.text)?.[1] ?? null);
  const { name, uuid } = await identityAt(pciBusId ?? '');
  return lostRow({ fault, index, uuid, facts: { ...unknownDevice, name, pciBusId } });
}

const BUS = /GPU ?([\da-f]{4,8}:[\da-f]{2}:[\da-f]{2}\.\d)/i;

function freeIndex(id: string, used: ReadonlySet<number>): number {
  if (/^\d{1,2}$/.test(id)) return Number(id);
  let index = 0;
  while (used.has(index)) index += 1;
  return index;
}
