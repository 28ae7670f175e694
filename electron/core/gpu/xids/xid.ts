import { type GpuDevice, type Sentence, verbatim, type Xid } from '#contract';
import { busKey } from '../polling/pci.ts';
import { say } from '../sentences.ts';

/** The well-known driver errors, from NVIDIA's catalog of Xid errors: what they mean, and what to do. */
const meanings: Record<number, Sentence> = {
  13: say('xid13'),
  31: say('xid31'),
  43: say('xid43'),
  45: say('xid45'),
  48: say('xid48'),
  61: say('xid61'),
  62: say('xid62'),
  63: say('xid63'),
  64: say('xid64'),
  74: say('xid74'),
  79: say('xid79'),
  92: say('xid92'),
  94: say('xid94'),
  95: say('xid95'),
  119: say('xid119'),
  120: say('xid120'),
};

type RawXid = Pick<Xid, 'pciBusId' | 'code' | 'sentence'>;

const MAX_DETAILS = 300;
/** With MIG on, the instance follows the GPU: `(PCI:0000:65:00 GPU-I:05)`. */
const LINE = /NVRM: Xid \((?:PCI:)?([\dA-Fa-f:.]+)(?: GPU-I:\d{1,3})?\): (\d{1,5})(?:, (.*))?/;

/** Parses `NVRM: Xid (PCI:0000:01:00): 79, pid=1234, name=python, ...`; null for any other line. */
export function parseXid(line: string): RawXid | null {
  const [, pciBusId, number, rest = ''] = LINE.exec(line) ?? [];
  if (pciBusId === undefined || busKey(pciBusId) === null) return null;
  const code = Number(number);
  // Process names are untrusted text.
  const details = rest.replace(/\p{C}/gu, ' ').trim().slice(0, MAX_DETAILS);
  return { pciBusId, code, sentence: describe(meanings[code], details) };
}

function describe(meaning: Sentence | undefined, details: string): Sentence {
  if (!meaning) return details ? verbatim(`(${details})`) : say('xidUnknown');
  return details ? say('xidDetails', { meaning, details }) : meaning;
}

/** The uuid of the GPU at this bus id; null where it is unknown. */
export function gpuAtBus(pciBusId: string, devices: readonly GpuDevice[]): string | null {
  const key = busKey(pciBusId);
  const found = devices.find((device) => device.pciBusId !== null && busKey(device.pciBusId) === key);
  return (key !== null && found?.uuid) || null;
}
