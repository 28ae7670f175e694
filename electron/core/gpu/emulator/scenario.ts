import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { parseJson } from '../../base/index.ts';

const sizesSchema = z
  .array(z.object({ total: z.string() }))
  .transform((all) => all.map(({ total }) => total).join(','));
const cardsSchema = z.object({ cards: z.union([z.string(), sizesSchema]) });

/**
 * The cards that a scenario of the emulator brings along, as LBS_EMULATED_GPUS says them: the backend must see the same.
 * Null where it brings none, and where it cannot be read: the emulator then says what is wrong with it.
 * `named`: a bare word is one of assets/scenarios, anything else a file; python/smi_emulator/scenario.py does the same.
 */
export function scenarioCards(named: string, script: string): string | null {
  const folder = join(dirname(script), '..', 'assets', 'scenarios');
  const file = /^[\w-]+$/.test(named) ? join(folder, `${named}.yaml`) : named;
  const told = cardsSchema.safeParse(parseJson(textOf(file)));
  return (told.success && told.data.cards) || null;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
