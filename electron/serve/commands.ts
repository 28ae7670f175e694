import { runDoctor } from './doctor.ts';
import { runTop } from './top.ts';

/** The commands besides the panel: `npm run headroom -- NAME`, and `headroom NAME` where the app is installed. */
export const commands: Record<string, (args: readonly string[]) => Promise<number>> = {
  doctor: runDoctor,
  top: runTop,
};
