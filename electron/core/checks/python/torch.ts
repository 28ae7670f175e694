import type { CheckFix } from '#contract';
import { otherTorch } from '../commands.ts';
import { type DriverFacts, readVersion, versionText } from '../system/driver.ts';
import { type CheckPlace, type Found, ok, unknown } from '../types.ts';
import type { Asked, PythonFacts } from './query-python.ts';

/**
 * Can the driver run the CUDA that torch was built for? An older major cannot run a newer one; within one major every
 * driver of CUDA 11 and later can ("minor version compatibility").
 * https://docs.nvidia.com/deploy/cuda-compatibility/
 */
export function checkTorch(place: CheckPlace, facts: Asked<PythonFacts>, driver: DriverFacts): Found {
  if (!facts.ok) return unknown('Not known: this Python does not say what it has.');
  const { torch } = facts.value;
  const can = driver.kind === 'works' ? driver.cuda : null;
  const fix = otherTorch(place, can?.major ?? null);
  if (!torch?.version) return { state: 'failed', sentence: 'torch is not installed.', fix };
  const { version, cuda: built, hip } = torch;
  if (hip) return unknown(`torch ${version} is built for ROCm: nvidia-smi and the limits say nothing about such GPUs.`);
  if (!built) return checkCpuBuild(version, driver, fix);
  const wanted = readVersion(built);
  if (driver.kind === 'emulated') return ok(`torch ${version} for CUDA ${built}; there is no GPU to run it on.`);
  if (!can || !wanted)
    return unknown(`torch ${version} is built for CUDA ${built}; nvidia-smi does not say what the driver can run.`);
  if (wanted.major > can.major)
    return {
      state: 'failed',
      sentence: `torch ${version} is built for CUDA ${built}, and the driver runs CUDA ${versionText(can)} at most: no GPU will be found.`,
      detail: 'Update the NVIDIA driver, or install a build of torch for an older CUDA.',
      fix,
    };
  const newer = wanted.major === can.major && wanted.minor > can.minor;
  return ok(
    `torch ${version} for CUDA ${built}; the driver runs CUDA ${versionText(can)}.`,
    newer ? 'The same major version: it works, and a newer driver may be quicker.' : null,
  );
}

function checkCpuBuild(version: string, driver: DriverFacts, fix: CheckFix): Found {
  if (driver.kind !== 'works') return ok(`torch ${version}, a build for the CPU; there is no GPU that answers.`);
  return {
    state: 'failed',
    sentence: `torch ${version} is built for the CPU, so the GPUs stay idle.`,
    fix,
  };
}
