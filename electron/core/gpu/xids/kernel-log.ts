import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** One line of the kernel's log. */
export interface KernelLine {
  text: string;
  /** Microseconds since the machine was started, less its sleep; null where the line does not tell. */
  micros: number | null;
}

export const kernelLog = '/dev/kmsg';
const LOOK_MS = 2_000;
/** A record of /dev/kmsg is never longer, and one read gives one record. */
const LONGEST_RECORD = 8_192;
/** In one go; what is left waits for the next look, so that a flood does not hold the panel up. */
const MOST_READS = 1_000;

/** Microseconds since the machine was started, less its sleep, as the kernel stamps its lines. */
export const kernelMicros = () => Number(process.hrtime.bigint() / 1_000n);

/** The lines that follow from now on. Nothing where the log may not be read, or is absent. Returns the way to stop. */
export function followKernelLog(path: string, onLine: (line: KernelLine) => void): () => void {
  const file = opened(path);
  if (!file) return () => undefined;
  const began = kernelMicros();
  let rest = '';
  const heard = (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = (lines.pop() ?? '').slice(-LONGEST_RECORD);
    for (const text of lines) {
      const line = parsed(text);
      // /dev/kmsg begins with all that the machine has said since it was started.
      if (line.micros === null || line.micros >= began) onLine(line);
    }
  };
  const timer = setInterval(() => drain(file, heard), LOOK_MS);
  drain(file, heard);
  return () => {
    clearInterval(timer);
    closeSync(file.fd);
  };
}

interface LogFile {
  fd: number;
  /** Where to read on; null where there is no place to speak of: a device or a pipe. */
  position: number | null;
}

function opened(path: string): LogFile | null {
  try {
    // Never waits for a writer, nor, when read, for a line: it is looked at every few seconds instead.
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = fstatSync(fd);
    return { fd, position: stat.isFile() ? stat.size : null };
  } catch {
    // Most systems let only root read it: then there is nothing to tell.
    return null;
  }
}

function drain(file: LogFile, onText: (text: string) => void): void {
  const buffer = Buffer.alloc(LONGEST_RECORD);
  for (let reads = 0; reads < MOST_READS; reads += 1) {
    const length = readNow(file, buffer);
    if (length === 0) return;
    if (file.position !== null) file.position += length;
    onText(buffer.toString('utf8', 0, length));
  }
}

/** 0 where there is nothing now, or where lines were overwritten before we came: the next look finds those that are left. */
function readNow({ fd, position }: LogFile, buffer: Buffer): number {
  try {
    return readSync(fd, buffer, 0, buffer.length, position);
  } catch {
    return 0;
  }
}

/** `6,1234,5678901,-;text`: level, number, microseconds and flags come before the text. */
function parsed(line: string): KernelLine {
  const match = /^\d+,\d+,(\d+),[^;]*;(.*)$/.exec(line);
  return match ? { text: match[2] ?? '', micros: Number(match[1]) } : { text: line, micros: null };
}
