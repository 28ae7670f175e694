import { runDoctor } from './doctor.ts';
import { runTop } from './top.ts';

/** What there is beside the panel: `npm run headroom -- WORD`, and `headroom WORD` where the app is installed. */
export const words: Record<string, (rest: readonly string[]) => Promise<number>> = { doctor: runDoctor, top: runTop };
