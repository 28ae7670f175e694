import { join } from 'node:path';
import { TORCH, torchBuild } from '../../../scripts/lib/torch-wheels.mjs';
import { queryDriver } from '../checks/index.ts';
import type { Recipe } from './environment.ts';
import type { SearchPlace } from './interpreters.ts';

/** What the backend needs, with the build of torch that this machine's driver supports, as setup installs it. */
export async function recipeFor(place: SearchPlace, signal: AbortSignal): Promise<Recipe> {
  const facts = await queryDriver(place.smi, false, signal);
  const major = facts.kind === 'works' ? Number.parseInt(facts.driver ?? '', 10) : Number.NaN;
  const build = torchBuild({ platform: place.platform, driver: Number.isNaN(major) ? null : major });
  return {
    torch: [...build.args, TORCH],
    requirements: join(place.pythonFolder, 'requirements.txt'),
    imports: ['torch', 'transformers', 'accelerate', 'safetensors', 'tokenizers', 'fastapi', 'uvicorn', 'psutil'],
    disk: build.disk,
  };
}
