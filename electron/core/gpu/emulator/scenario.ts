import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { parseJson } from '../../base/index.ts';

const sizesSchema = z
  .array(z.object({ total: z.string() }))
  .transform((all) => all.map(({ total }) => total).join(','));
const cardsSchema = z.object({ cards: z.union([z.string(), sizesSchema]) });

/**
 * The cards of an emulator scenario in the format of LBS_EMULATED_GPUS: the backend must emulate the same. Null where it
 * defines none, or cannot be read: the emulator then reports the error.
 * `named`: a bare word is in assets/scenarios, anything else is a file, as in python/smi_emulator/scenario.py.
 */
export function scenarioCards(named: string, script: string): string | null {
  const folder = join(dirname(script), '..', 'assets', 'scenarios');
  const file = /^[\w-]+$/.test(named) ? join(folder, `${named}.yaml`) : named;
  const parsed = cardsSchema.safeParse(parseJson(textOf(file)));
  return (parsed.success && parsed.data.cards) || null;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
