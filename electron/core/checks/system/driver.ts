import { askSmi, faultOf, type SmiSource } from '../../gpu/index.ts';
import { type Found, ok, unknown } from '../types.ts';

/** A version as nvidia-smi and torch write it, such as 12.4. */
export interface CudaVersion {
  major: number;
  minor: number;
}

export type DriverFacts =
  | { kind: 'works'; driver: string | null; cuda: CudaVersion | null; gpus: number | null }
  | { kind: 'emulated'; asked: boolean }
  | { kind: 'missing' }
  | { kind: 'fails'; said: string; exitCode: number | null };

const TIMEOUT_MS = 10_000;

/** One plain `nvidia-smi`: its head names the driver and the newest CUDA that it can run, which no query tells. */
export async function askDriver(smi: SmiSource, asked: boolean, signal: AbortSignal): Promise<DriverFacts> {
  if (!smi.command) return { kind: 'missing' };
  const answer = await askSmi(smi.command, [], TIMEOUT_MS, signal);
  if (answer.late) return { kind: 'fails', said: `It did not answer within ${TIMEOUT_MS / 1_000} s.`, exitCode: null };
  if (answer.exitCode !== 0) {
    const { said, exitCode } = faultOf(answer, answer.stdout);
    return { kind: 'fails', said, exitCode };
  }
  return smi.source === 'emulator' ? { kind: 'emulated', asked } : { kind: 'works', ...readHead(answer.stdout) };
}

/** Drivers from 595 on say KMD and CUDA UMD where older ones say Driver and CUDA. */
export function readHead(text: string): { driver: string | null; cuda: CudaVersion | null; gpus: number | null } {
  const driver = /(?:Driver|KMD) Version\s*:\s*(\d[\d.]*)/i.exec(text)?.[1] ?? null;
  const gpus = [...text.matchAll(/^\|\s+\d+\s+\S.*\|\s+[0-9A-F]{8}:[0-9A-F]{2}:[0-9A-F]{2}\.[0-9A-F]\s/gim)].length;
  return { driver, cuda: readVersion(/CUDA (?:UMD )?Version\s*:\s*(\d+\.\d+)/i.exec(text)?.[1]), gpus: gpus || null };
}

export function readVersion(text: string | null | undefined): CudaVersion | null {
  const found = /^(\d+)\.(\d+)/.exec(text ?? '');
  return found ? { major: Number(found[1]), minor: Number(found[2]) } : null;
}

export const versionText = ({ major, minor }: CudaVersion) => `${major}.${minor}`;

export function checkDriver(facts: DriverFacts): Found {
  if (facts.kind === 'missing')
    return {
      state: 'failed',
      sentence: 'No nvidia-smi was found: install the NVIDIA driver, or name the program with HEADROOM_NVIDIA_SMI.',
    };
  if (facts.kind === 'emulated')
    return facts.asked
      ? ok('The GPUs are emulated, as HEADROOM_NVIDIA_SMI asks.')
      : {
          state: 'warning',
          sentence: 'No nvidia-smi was found, so the GPUs are emulated and models run on the CPU.',
          detail: 'With an NVIDIA card here, install its driver, or name nvidia-smi with HEADROOM_NVIDIA_SMI.',
        };
  if (facts.kind === 'fails') {
    const code = facts.exitCode === null ? '' : ` (exit code ${facts.exitCode})`;
    return { state: 'failed', sentence: `nvidia-smi fails${code}: ${facts.said.split('\n')[0]}`, detail: facts.said };
  }
  const { driver, cuda, gpus } = facts;
  if (!driver) return unknown('nvidia-smi works, and does not say which driver it talks to.');
  const cards = gpus === null ? '' : gpus === 1 ? ', 1 GPU' : `, ${gpus} GPUs`;
  return ok(`Driver ${driver}${cuda ? `, CUDA up to ${versionText(cuda)}` : ''}${cards}.`);
}
