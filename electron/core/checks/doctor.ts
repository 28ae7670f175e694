import { join } from 'node:path';
import { type Check, PanelError } from '#contract';
import { backendPython, chosenPython, dataFolder, dataPaths, diskAnswers, type Environment } from '../base/index.ts';
import { emulatorCommand, locateSmi } from '../gpu/index.ts';
import { modelFoldersIn } from '../models/index.ts';
import { createSettingsStore } from '../settings/index.ts';
import { createChecks } from './checks.ts';
import { placeOf } from './panel-checks.ts';
import { say } from './sentences.ts';

/** Runs the panel's checks without a panel, and fixes nothing. */
export async function examineAll(options: {
  env: Environment;
  platform: NodeJS.Platform;
  home: string;
  resources: string;
}): Promise<readonly Check[]> {
  const { env, platform, home, resources } = options;
  const folder = dataFolder(env, platform, home);
  if (!(await diskAnswers(folder))) throw new PanelError('refused', say('dataFolderSilent', { folder }));
  const paths = dataPaths(folder, platform);
  const pythonFolder = join(resources, 'python');
  const python = backendPython({ env, platform, pythonFolder, chosen: chosenPython(paths.python) });
  const settings = await createSettingsStore({ file: paths.settings, env });
  const modelFolders = await modelFoldersIn(paths);
  const script = join(pythonFolder, 'nvidia_smi_emulator.py');
  const smi = locateSmi({ env, platform, emulator: emulatorCommand({ python, script, home: folder, env }) });
  const checks = createChecks({
    place: placeOf({ env, platform, python, pythonFolder, root: resources, paths, smi }, settings, () => modelFolders),
    actions: {
      changeSettings: () => Promise.reject(new PanelError('unsupported', say('doctorChangesNothing'))),
      backendStopped: () => false,
      notify: () => undefined,
    },
    onChange: () => undefined,
  });
  return (await checks.run()).list;
}
