import { sep } from 'node:path';

/** The kernel's files, some of which block their reader. RAM disks may hold models. */
const kernel = ['/proc', '/sys', '/dev'];
const ramDisk = '/dev/shm';

const isIn = (path: string, folder: string) => path === folder || path.startsWith(folder + sep);

/** The root of the system, or a folder of the kernel; `path` is absolute and without links. */
export function isSystemFolder(path: string): boolean {
  if (process.platform === 'win32') return path.toLowerCase() === `${process.env.SystemDrive ?? 'C:'}\\`.toLowerCase();
  return path === '/' || (kernel.some((folder) => isIn(path, folder)) && !isIn(path, ramDisk));
}
