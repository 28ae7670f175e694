import { join } from 'node:path';
import { backendPython, dataFolder, dataPaths, type Environment } from '../base/index.ts';
import { emulatorCommand, locateSmi } from '../gpu/index.ts';
import type { ScanProcess } from '../models/index.ts';

/** Where this Headroom keeps its data, and where it finds Python and nvidia-smi. */
export function findPlace(options: {
  env: Environment;
  platform: NodeJS.Platform;
  home: string;
  resources: string;
  runFolder?: string | null;
  scanProcess?: () => ScanProcess;
}) {
  const { env, platform, home, resources } = options;
  const folder = dataFolder(env, platform, home);
  const paths = dataPaths(folder, platform);
  const pythonFolder = join(resources, 'python');
  const python = backendPython(env, platform, pythonFolder);
  const emulator = emulatorCommand({ python, script: join(pythonFolder, 'nvidia_smi_emulator.py'), home: folder, env });
  return {
    ...options,
    folder,
    paths: { ...paths, run: options.runFolder ?? paths.run },
    pythonFolder,
    python,
    emulator,
    smi: locateSmi({ env, platform, emulator }),
    /** Finds an nvidia-smi that was installed since. Real GPUs are never replaced by emulated ones. */
    locate: () => locateSmi({ env, platform, emulator: null }),
  };
}

export type Place = ReturnType<typeof findPlace>;
