import type { GpuDevice, Xid } from '#contract';
import { busKey } from '../polling/pci.ts';

/** What the driver's error codes mean, and what to do: NVIDIA's catalogue of Xid errors, the well-known ones. */
const meanings: Record<number, string> = {
  13: 'A program made the GPU fault: an illegal instruction or an access out of bounds. Mostly an error of the program.',
  31: 'A program touched GPU memory that is not its own (a page fault). Mostly an error of the program.',
  43: 'A program was ended by the GPU after an error of its own. Other programs go on.',
  45: 'Work on the GPU was cleared away, because the program ended or after an earlier error.',
  48: 'GPU memory had an error that ECC could not correct. Restart the programs on this GPU, and reset it.',
  61: 'A microcontroller of the GPU halted at a breakpoint. Reset the GPU.',
  62: 'A microcontroller of the GPU stopped. Reset the GPU.',
  63: 'The GPU noted a bad place of its memory, to replace it after the next reset.',
  64: 'The GPU could not note a bad place of its memory. Reset it; if this returns, have it examined.',
  74: 'NVLink between GPUs had an error. If this returns, check the bridge or the board.',
  79: 'The GPU has fallen off the bus. Restart the machine; if this returns, check its power and its seat.',
  92: 'ECC corrects very many memory errors of this GPU. If this goes on, have it examined.',
  94: 'GPU memory had an error that stayed within one program. Restart that program.',
  95: 'GPU memory had an error that may have reached every program. Reset the GPU before it is used again.',
  119: "The GPU's own system processor (GSP) did not answer in time. Reset the GPU, or restart the machine.",
  120: "The GPU's own system processor (GSP) had an error. Reset the GPU, or restart the machine.",
};

export type RawXid = Pick<Xid, 'pciBusId' | 'code' | 'text'>;

const LONGEST_TEXT = 500;
/** With MIG on the instance is told behind the GPU: `(PCI:0000:65:00 GPU-I:05)`. */
const LINE = /NVRM: Xid \((?:PCI:)?([\dA-Fa-f:.]+)(?: GPU-I:\d{1,3})?\): (\d{1,5})(?:, (.*))?/;

/** Reads `NVRM: Xid (PCI:0000:01:00): 79, pid=1234, name=python, ...`; null for any other line. */
export function parseXid(line: string): RawXid | null {
  const [, pciBusId, code, rest = ''] = LINE.exec(line) ?? [];
  if (pciBusId === undefined || busKey(pciBusId) === null) return null;
  // The names of processes are anybody's text.
  const said = rest.replace(/\p{C}/gu, ' ').trim();
  const text =
    [meanings[Number(code)], said && `(${said})`].filter(Boolean).join(' ') || 'The driver gives no details.';
  return { pciBusId, code: Number(code), text: text.slice(0, LONGEST_TEXT) };
}

/** Whose error it is, as far as that GPU is known. */
export function gpuAtBus(pciBusId: string, devices: readonly GpuDevice[]): string | null {
  const key = busKey(pciBusId);
  const found = devices.find((device) => device.pciBusId !== null && busKey(device.pciBusId) === key);
  return (key !== null && found?.uuid) || null;
}
