import { type Sentence, verbatim } from '#contract';
import { faultOf, missingFault, querySmi, type SmiSource } from '../../gpu/index.ts';
import { say } from '../sentences.ts';
import { type Found, ok, unknown } from '../types.ts';

/** A CUDA version, such as 12.4. */
interface CudaVersion {
  major: number;
  minor: number;
}

export type DriverFacts =
  | { kind: 'works'; driver: string | null; cuda: CudaVersion | null; gpus: number | null }
  | { kind: 'emulated'; onRequest: boolean }
  | { kind: 'missing'; sentence: Sentence }
  | { kind: 'fails'; sentence: Sentence; exitCode: number | null };

const TIMEOUT_MS = 10_000;

/** Runs a plain `nvidia-smi`: its header has the driver version and the newest supported CUDA, which no query returns. */
export async function queryDriver(smi: SmiSource, onRequest: boolean, signal: AbortSignal): Promise<DriverFacts> {
  if (!smi.command) return { kind: 'missing', sentence: missingFault(smi).sentence };
  const answer = await querySmi(smi.command, [], TIMEOUT_MS, signal);
  if (answer.timedOut)
    return { kind: 'fails', sentence: say('smiSilent', { seconds: TIMEOUT_MS / 1_000 }), exitCode: null };
  if (answer.exitCode !== 0) {
    const { sentence, exitCode } = faultOf(answer, answer.stdout);
    return { kind: 'fails', sentence, exitCode };
  }
  return smi.source === 'emulator' ? { kind: 'emulated', onRequest } : { kind: 'works', ...parseHeader(answer.stdout) };
}

/** Drivers from 595 on print KMD and CUDA UMD where older ones print Driver and CUDA. */
export function parseHeader(text: string): { driver: string | null; cuda: CudaVersion | null; gpus: number | null } {
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
  const { driver, cuda, gpus } = facts;
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
