import type { GpuProcess } from '#contract';

/** Windows paths may contain spaces, and nvidia-smi brackets what it cannot read: neither has arguments. */
const hasNoArguments = (text: string) => /^([a-z]:\\|\[)/i.test(text);

function split(text: string): { file: string; args: string[] } {
  if (hasNoArguments(text)) return { file: text, args: [] };
  const [file = '', ...args] = text.split(' ');
  return { file, args };
}

/** The executable of a process name or command line, without its folders. */
export function executableName(text: string): string {
  const { file } = split(text);
  return file.split(/[/\\]/).at(-1) || file || text;
}

/** The same with its arguments. */
export const programName = (text: string) => [executableName(text), ...split(text).args].join(' ');

/** What the command line adds to the name: its arguments, or all of it if the name is another program's; null if nothing. */
export function commandDetail({ name, command }: Pick<GpuProcess, 'name' | 'command'>): string | null {
  if (command === null || programName(command) === programName(name)) return null;
  return executableName(command) === programName(name) ? split(command).args.join(' ') : command;
}
