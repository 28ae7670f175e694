import { isAbsolute } from 'node:path';
import { type Sentence, verbatim } from '#contract';
import { deniedPart } from '../../backend/index.ts';
import { diskAnswers } from '../../base/index.ts';
import { faultOf, missingFault, querySmi, type SmiSource } from '../../gpu/index.ts';
import { say } from '../sentences.ts';
import { type Found, ok, unknown } from '../types.ts';

/** A CUDA version, such as 12.4. */
interface CudaVersion {
  major: number;
  minor: number;
}

interface Header {
  driver: string | null;
  cuda: CudaVersion | null;
  gpus: number | null;
}

export type DriverFacts =
  | ({ kind: 'works'; warning?: Sentence } & Header)
  | { kind: 'emulated'; onRequest: boolean }
  | { kind: 'missing'; sentence: Sentence }
  | { kind: 'fails'; sentence: Sentence; exitCode: number | null };

/** Without persistence mode each call initialises the driver again. */
export const DRIVER_MS = 30_000;

/** Runs a plain `nvidia-smi`: its header has the driver version and the newest supported CUDA, which no query returns. */
export async function queryDriver(smi: SmiSource, onRequest: boolean, signal: AbortSignal): Promise<DriverFacts> {
  if (!smi.command) return { kind: 'missing', sentence: missingFault(smi).sentence };
  const { command } = smi.command;
  // The emulator is a program of our Python.
  if (smi.source === 'emulator' && !(await diskAnswers(command)))
    return { kind: 'fails', sentence: say('pythonDiskSilent', { python: command }), exitCode: null };
  const part = smi.source === 'emulator' && isAbsolute(command) ? deniedPart(command) : null;
  if (part !== null) return { kind: 'missing', sentence: say('pythonDenied', { python: command, part }) };
  const answer = await querySmi(smi.command, [], DRIVER_MS, signal);
  if (answer.timedOut)
    return { kind: 'fails', sentence: say('smiSilent', { seconds: DRIVER_MS / 1_000 }), exitCode: null };
  const header = parseHeader(answer.stdout);
  if (answer.exitCode !== 0) {
    // A damaged infoROM has an exit code, but the table is whole.
    if (header.gpus !== null) return { kind: 'works', ...header, warning: verbatim(outsideTable(answer.stdout)) };
    const { sentence, exitCode } = faultOf(answer, answer.stdout);
    return { kind: 'fails', sentence, exitCode };
  }
  return smi.source === 'emulator' ? { kind: 'emulated', onRequest } : { kind: 'works', ...header };
}

const outsideTable = (text: string) =>
  text
    .split('\n')
    .filter((line) => !/^\s*(?:[|+]|$)/.test(line))
    .join('\n');

/** Drivers from 595 on print KMD and CUDA UMD where older ones print Driver and CUDA. */
export function parseHeader(text: string): Header {
  const driver = /(?:Driver|KMD) Version\s*:\s*(\d[\d.]*)/i.exec(text)?.[1] ?? null;
  const gpus = [...text.matchAll(/^\|\s+\d+\s+\S.*\|\s+[0-9A-F]{8}:[0-9A-F]{2}:[0-9A-F]{2}\.[0-9A-F]\s/gim)].length;
  return { driver, cuda: parseVersion(/CUDA (?:UMD )?Version\s*:\s*(\d+\.\d+)/i.exec(text)?.[1]), gpus: gpus || null };
}

export function parseVersion(text: string | null | undefined): CudaVersion | null {
  const found = /^(\d+)\.(\d+)/.exec(text ?? '');
  return found ? { major: Number(found[1]), minor: Number(found[2]) } : null;
}

export const versionText = ({ major, minor }: CudaVersion) => `${major}.${minor}`;

export function checkDriver(facts: DriverFacts): Found {
  if (facts.kind === 'missing') return { state: 'failed', sentence: facts.sentence };
  if (facts.kind === 'emulated')
    return facts.onRequest
      ? ok(say('emulatedOnRequest'))
      : { state: 'warning', sentence: say('emulated'), detail: [say('installDriver')] };
  if (facts.kind === 'fails') return smiFails(facts.sentence, facts.exitCode);
  const found = checkHeader(facts);
  return facts.warning ? { ...found, state: 'warning', detail: [facts.warning] } : found;
}

function checkHeader({ driver, cuda, gpus }: Header): Found {
  if (!driver) return unknown(say('driverUnknown'));
  if (!cuda) return ok(gpus === null ? say('driver', { driver }) : say('driverGpus', { driver, gpus }));
  const about = { driver, cuda: versionText(cuda) };
  return ok(gpus === null ? say('driverCuda', about) : say('driverCudaGpus', { ...about, gpus }));
}

/** The first line of the error, with the whole below it. */
function smiFails(sentence: Sentence, code: number | null): Found {
  const [firstLine = '', ...more] = sentence.text.split('\n');
  const reason = more.length === 0 ? sentence : verbatim(firstLine);
  return {
    state: 'failed',
    sentence: code === null ? say('smiFails', { reason }) : say('smiFailsWithCode', { code, reason }),
    detail: [sentence],
  };
}
