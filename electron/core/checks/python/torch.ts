import type { CheckFix } from '#contract';
import { otherTorch } from '../commands.ts';
import { say } from '../sentences.ts';
import { type DriverFacts, parseVersion, versionText } from '../system/driver.ts';
import { type CheckPlace, type Found, ok, unknown } from '../types.ts';
import type { PythonFacts, QueryResult } from './query-python.ts';

/**
 * Whether the driver supports the CUDA that torch was built for: a driver of an older major version does not; within one
 * major version every driver of CUDA 11 and later does ("minor version compatibility").
 * https://docs.nvidia.com/deploy/cuda-compatibility/
 */
export function checkTorch(place: CheckPlace, facts: QueryResult<PythonFacts>, driver: DriverFacts): Found {
  if (!facts.ok) return unknown(say('pythonUnknown'));
  const { torch } = facts.value;
  const supported = driver.kind === 'works' ? driver.cuda : null;
  const fix = otherTorch(place, supported?.major ?? null);
  if (!torch?.version) return { state: 'failed', sentence: say('torchMissing'), fix };
  const { version, cuda: built, hip } = torch;
  if (hip) return unknown(say('torchRocm', { version }));
  if (!built) return checkCpuBuild(version, driver, fix);
  const wanted = parseVersion(built);
  if (driver.kind === 'emulated') return ok(say('torchEmulated', { version, cuda: built }));
  if (!supported || !wanted) return unknown(say('torchDriverUnknown', { version, cuda: built }));
  const versions = { version, cuda: built, supported: versionText(supported) };
  if (wanted.major > supported.major)
    return {
      state: 'failed',
      sentence: say('torchTooNew', versions),
      detail: [say('updateDriver')],
      fix,
    };
  const newerMinor = wanted.major === supported.major && wanted.minor > supported.minor;
  return ok(say('torch', versions), newerMinor ? [say('sameMajor')] : []);
}

function checkCpuBuild(version: string, driver: DriverFacts, fix: CheckFix): Found {
  if (driver.kind !== 'works') return ok(say('torchCpuNoGpu', { version }));
  return { state: 'failed', sentence: say('torchCpu', { version }), fix };
}
