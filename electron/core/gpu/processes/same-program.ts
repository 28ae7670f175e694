import { basename } from 'node:path';
import { type ProcessInfo, programOf } from '../../proc/index.ts';

/** The kernel's short name of a process has at most this many characters. */
const COMM_CHARS = 15;
/** nvidia-smi truncates only longer names. */
const LONG_NAME = 60;

/** What stays in a title that a program changes while it works: `ray::IDLE`, `ray::train`. */
const titleOf = (name: string) => /^[\w.-]+::?(?= |\w)/.exec(name)?.[0] ?? null;

type LocalProcess = Pick<ProcessInfo, 'args' | 'comm'> & { executable: string | null };

/**
 * Whether nvidia-smi's name of a pid fits the local process with that pid; null where nvidia-smi does not name it. In a
 * container nvidia-smi may list the host's pids, and the same number is another process in here. The name is the first
 * word of the command line, or all of it for a program that writes its own title; in WSL it is `/` and the file name of
 * the executable. clearing/same_program.py decides the same.
 */
export function isSameProgram(name: string, { args, comm, executable }: LocalProcess): boolean | null {
  if (/^\[[^\]]*\]$/.test(name) || name.trim() === '') return null;
  const [first, line, file] = [printed(args[0] ?? ''), printed(args.join(' ')), printed(executable ?? '')];
  if (name === first || name === line || name === file || line.startsWith(`${name} `)) return true;
  if (name.length >= LONG_NAME && line.startsWith(name)) return true;
  // The title has changed since nvidia-smi read it.
  const title = titleOf(name);
  if (title !== null && title === titleOf(first)) return true;
  const [path = ''] = name.split(' ');
  // Two absolute paths that differ are two programs, whatever their last parts.
  if (path.lastIndexOf('/') > 0 && path.startsWith('/') && first.startsWith('/') && path !== first.split(' ')[0])
    return false;
  const program = programOf(name);
  if ([basename(first), basename(first.split(' ')[0] ?? ''), basename(file)].includes(program)) return true;
  // A thread that renamed itself, or a kernel thread without a command line.
  return comm !== '' && printed(comm) === program.slice(0, COMM_CHARS);
}

/** As nvidia-smi prints it in a list whose separator is the comma. */
const printed = (text: string) => text.replaceAll(',', '?').trimEnd();
