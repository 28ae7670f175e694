import { type CheckId, type Checks, PanelError, type Settings } from '#contract';
import { checkDatabase, DATABASE_MS, setDatabaseAside } from './python/database.ts';
import { checkPackages, checkPython, checkTransformers } from './python/python.ts';
import { type Asked, askPython, factsSchema, type PythonFacts } from './python/query-python.ts';
import { checkTorch } from './python/torch.ts';
import { type CheckRunner, type CheckTable, createRunner } from './runner.ts';
import { checkDisk } from './system/disk.ts';
import { askDriver, checkDriver, type DriverFacts } from './system/driver.ts';
import { checkLeftovers, removeLeftovers } from './system/leftovers.ts';
import { checkPort } from './system/port.ts';
import { checkTerminal } from './system/terminal.ts';
import type { CheckPlace } from './types.ts';

/** What only a panel has: the doctor looks, and mends nothing. */
export interface CheckHands {
  changeSettings(values: Partial<Settings>): Promise<void>;
  /** No backend of this panel runs, and none is about to be started. */
  backendStopped(): boolean;
  /** Tells the person what was done. */
  tell(message: string): void;
}

export interface PanelChecks extends CheckRunner {
  /** Does what this check's button says, then looks again. Fails with a PanelError that says why not. */
  fix(id: CheckId): Promise<void>;
}

interface Shared {
  facts: Promise<Asked<PythonFacts>>;
  driver: Promise<DriverFacts>;
}

const FACTS_MS = 10_000;
/** A little more than what the child itself is given, so that its own sentence is what is shown. */
const ASKED_MS = FACTS_MS + 5_000;

export function createChecks(options: {
  place: CheckPlace;
  hands: CheckHands;
  onChange(state: Checks): void;
}): PanelChecks {
  const { place, hands, onChange } = options;
  const runner = createRunner<Shared>({ table: tableOf(place), share: (signal) => shareOf(place, signal), onChange });
  const closing = new AbortController();
  const fixes = {
    any_port: () => hands.changeSettings({ LBS_PORT: 0 }),
    remove_leftovers: () => removeLeftovers(place),
    set_database_aside: async () => {
      if (!hands.backendStopped()) throw new PanelError('busy', 'Stop the backend first: it uses the database.');
      const name = await setDatabaseAside(place, closing.signal);
      hands.tell(`The damaged results database is now ${name}; the next start begins a new one.`);
    },
  };
  return {
    ...runner,
    async fix(id) {
      const fix = runner.state().list.find((check) => check.id === id)?.fix;
      if (!fix || fix.action === 'copy')
        throw new PanelError('invalid_input', 'Headroom itself can mend nothing here.');
      await fixes[fix.action]();
      await runner.run();
    },
    async stop() {
      closing.abort();
      await runner.stop();
    },
  };
}

/** One child answers four checks, and one nvidia-smi two. */
const shareOf = (place: CheckPlace, signal: AbortSignal): Shared => ({
  facts: askPython(place, { words: [], schema: factsSchema, timeoutMs: FACTS_MS }, signal),
  driver: askDriver(place.smi, place.env.HEADROOM_NVIDIA_SMI === 'emulator', signal),
});

function tableOf(place: CheckPlace): CheckTable<Shared> {
  const asked = (look: CheckTable<Shared>['port']['look']) => ({ limitMs: ASKED_MS, look });
  return {
    driver: asked(async ({ driver }) => checkDriver(await driver)),
    python: asked(async ({ facts }) => checkPython(place, await facts)),
    packages: asked(async ({ facts }) => checkPackages(place, await facts)),
    torch: asked(async ({ facts, driver }) => checkTorch(place, await facts, await driver)),
    transformers: asked(async ({ facts }) => checkTransformers(place, await facts)),
    terminal: { limitMs: 5_000, look: () => checkTerminal(place) },
    port: { limitMs: 5_000, look: () => checkPort(place) },
    // A network disk that hangs is what the limit is for.
    disk: { limitMs: 5_000, look: () => checkDisk(place) },
    database: { limitMs: DATABASE_MS + 5_000, look: (_, signal) => checkDatabase(place, signal) },
    leftovers: { limitMs: 10_000, look: () => checkLeftovers(place) },
  };
}
