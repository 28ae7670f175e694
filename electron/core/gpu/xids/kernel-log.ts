import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** One line of the kernel log. */
interface KernelLine {
  text: string;
  /** Microseconds since boot without sleep; null where the line has no time. */
  micros: number | null;
}

export const kernelLog = '/dev/kmsg';
const READ_MS = 2_000;
/** A record of /dev/kmsg is never longer, and one read returns one record. */
const MAX_RECORD = 8_192;
/** Records per interval: a flood must not block the panel. */
const MAX_READS = 1_000;

/** Microseconds since boot without sleep, as in the kernel's timestamps. */
export const kernelMicros = () => Number(process.hrtime.bigint() / 1_000n);

/** Reports new lines from now on; none where the log is absent or unreadable. Returns a function that stops. */
export function followKernelLog(path: string, onLine: (line: KernelLine) => void): () => void {
  const file = opened(path);
  if (!file) return () => undefined;
  const began = kernelMicros();
  let rest = '';
  const onText = (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = (lines.pop() ?? '').slice(-MAX_RECORD);
    for (const text of lines) {
      const line = parsed(text);
      // /dev/kmsg begins with all lines since boot.
      if (line.micros === null || line.micros >= began) onLine(line);
    }
  };
  const timer = setInterval(() => drain(file, onText), READ_MS);
  drain(file, onText);
  return () => {
    clearInterval(timer);
    closeSync(file.fd);
  };
}

interface LogFile {
  fd: number;
  /** The read position; null for a device or a pipe. */
  position: number | null;
}

function opened(path: string): LogFile | null {
  try {
    // Non-blocking: the log is polled instead.
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = fstatSync(fd);
    return { fd, position: stat.isFile() ? stat.size : null };
  } catch {
    // Most systems let only root read it.
    return null;
  }
}

function drain(file: LogFile, onText: (text: string) => void): void {
  const buffer = Buffer.alloc(MAX_RECORD);
  for (let reads = 0; reads < MAX_READS; reads += 1) {
    const length = readNow(file, buffer);
    if (length === 0) return;
    if (file.position !== null) file.position += length;
    onText(buffer.toString('utf8', 0, length));
  }
}

/** Returns 0 where there is nothing new, or where lines were overwritten: the next read continues after them. */
function readNow({ fd, position }: LogFile, buffer: Buffer): number {
  try {
    return readSync(fd, buffer, 0, buffer.length, position);
  } catch {
    return 0;
  }
}

/** Parses `6,1234,5678901,-;text`: level, number, microseconds and flags precede the text. */
function parsed(line: string): KernelLine {
  const match = /^\d+,\d+,(\d+),[^;]*;(.*)$/.exec(line);
  return match ? { text: match[2] ?? '', micros: Number(match[1]) } : { text: line, micros: null };
}
