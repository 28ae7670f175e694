import { basename } from 'node:path';
import { type ProcessInfo, programOf } from '../../proc/index.ts';

/** The kernel's short name of a process has at most this many characters. */
const COMM_CHARS = 15;
/** nvidia-smi truncates only longer names. */
const LONG_NAME = 100;

/**
 * Whether nvidia-smi's name of a pid fits the local process with that pid; null where nvidia-smi does not name it. In a
 * container nvidia-smi may list the host's pids, and the same number is another process in here. nvidia-smi's name is the
 * first word of the command line, or all of it for a program that writes its own title.
 * clearing/same_program.py decides the same.
 */
export function isSameProgram(name: string, { args, comm }: Pick<ProcessInfo, 'args' | 'comm'>): boolean | null {
  if (/^\[[^\]]*\]$/.test(name) || name.trim() === '') return null;
  const [first, line] = [printed(args[0] ?? ''), printed(args.join(' '))];
  if (name === first || name === line || line.startsWith(`${name} `)) return true;
  if (name.length >= LONG_NAME && line.startsWith(name)) return true;
  const program = programOf(name);
  // Two absolute paths that differ are two programs, whatever their last parts.
  const elsewhere = name.startsWith('/') && first.startsWith('/') && name.split(' ')[0] !== first.split(' ')[0];
  if (!elsewhere && [basename(first), basename(first.split(' ')[0] ?? '')].includes(program)) return true;
  // A thread that renamed itself, or a kernel thread without a command line.
  return !elsewhere && comm !== '' && printed(comm) === program.slice(0, COMM_CHARS);
}

/** As nvidia-smi prints it in a list whose separator is the comma. */
const printed = (text: string) => text.replaceAll(',', '?').trimEnd();
