import { join } from 'node:path';
import { backendPython, chosenPython, dataFolder, dataPaths, type Environment } from '../base/index.ts';
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
  let chosen = chosenPython(paths.python);
  const python = () => backendPython({ env, platform, pythonFolder, chosen });
  const script = join(pythonFolder, 'nvidia_smi_emulator.py');
  const emulator = Object.defineProperty(emulatorCommand({ python: python(), script, home: folder, env }), 'command', {
    // Of each start of the emulator.
    get: python,
    enumerable: true,
  });
  return {
    ...options,
    folder,
    paths: { ...paths, run: options.runFolder ?? paths.run },
    pythonFolder,
    /** The interpreter of the next start: another may be chosen. */
    python,
    /** HEADROOM_PYTHON names it. */
    fixedPython: Boolean(env.HEADROOM_PYTHON),
    choosePython(path: string | null) {
      chosen = path;
    },
    emulator,
    smi: locateSmi({ env, platform, emulator }),
    /** Finds an nvidia-smi that was installed since. Real GPUs are never replaced by emulated ones. */
    locate: () => locateSmi({ env, platform, emulator: null }),
  };
}

export type Place = ReturnType<typeof findPlace>;
