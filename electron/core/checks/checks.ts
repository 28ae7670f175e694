import { type CheckId, type Checks, PanelError, type Sentence, type Settings } from '#contract';
import { checkDatabase, DATABASE_MS, quarantineDatabase } from './python/database.ts';
import { checkImports, IMPORTS_MS } from './python/imports.ts';
import { checkPackages, checkPython, checkTransformers } from './python/python.ts';
import { factsSchema, type PythonFacts, type QueryResult, queryPython } from './python/query-python.ts';
import { checkTorch } from './python/torch.ts';
import { type CheckRunner, type CheckTable, createRunner } from './runner.ts';
import { say } from './sentences.ts';
import { checkDisk } from './system/disk.ts';
import { checkDriver, DRIVER_MS, type DriverFacts, queryDriver } from './system/driver.ts';
import { checkLeftovers, removeLeftovers } from './system/leftovers.ts';
import { checkPort } from './system/port.ts';
import { checkTerminal } from './system/terminal.ts';
import type { CheckPlace } from './types.ts';

/** The actions of a panel: the doctor checks, but fixes nothing. */
interface CheckActions {
  changeSettings(values: Partial<Settings>): Promise<void>;
  /** No backend of this panel runs or is about to start. */
  backendStopped(): boolean;
  /** Shows the person what was done. */
  notify(sentence: Sentence): void;
}

export interface PanelChecks extends CheckRunner {
  /** Applies the fix of this check, then runs all checks again. Throws PanelError where that fails. */
  fix(id: CheckId): Promise<void>;
}

interface Shared {
  facts: Promise<QueryResult<PythonFacts>>;
  driver: Promise<DriverFacts>;
}

const QUERY_MS = 10_000;
/** Longer than the timeout of the child process, so that its own error is shown. */
const CHECK_MS = QUERY_MS + 5_000;

export function createChecks(options: {
  place: CheckPlace;
  actions: CheckActions;
  onChange(state: Checks): void;
}): PanelChecks {
  const { place, actions, onChange } = options;
  const runner = createRunner<Shared>({ table: tableOf(place), share: (signal) => shareOf(place, signal), onChange });
  const closing = new AbortController();
  const fixes = {
    any_port: () => actions.changeSettings({ LBS_PORT: 0 }),
    remove_leftovers: () => removeLeftovers(place),
    set_database_aside: async () => {
      if (!actions.backendStopped()) throw new PanelError('busy', say('stopBackendFirst'));
      const name = await quarantineDatabase(place, closing.signal);
      actions.notify(say('databaseRenamed', { name }));
    },
  };
  return {
    ...runner,
    async fix(id) {
      const fix = runner.state().list.find((check) => check.id === id)?.fix;
      if (!fix || fix.action === 'copy') throw new PanelError('invalid_input', say('noFix'));
      await fixes[fix.action]();
      await runner.run();
    },
    async stop() {
      closing.abort();
      await runner.stop();
    },
  };
}

/** One Python child serves four checks, and one nvidia-smi two. */
const shareOf = (place: CheckPlace, signal: AbortSignal): Shared => ({
  facts: queryPython(place, { args: [], schema: factsSchema, timeoutMs: QUERY_MS }, signal),
  driver: queryDriver(place.smi, place.env.HEADROOM_NVIDIA_SMI === 'emulator', signal),
});

function tableOf(place: CheckPlace): CheckTable<Shared> {
  const query = (check: CheckTable<Shared>['port']['check']) => ({ timeoutMs: CHECK_MS, check });
  return {
    driver: { timeoutMs: DRIVER_MS + 5_000, check: async ({ driver }) => checkDriver(await driver) },
    python: query(async ({ facts }) => checkPython(place, await facts)),
    packages: query(async ({ facts }) => checkPackages(place, await facts)),
    torch: {
      timeoutMs: DRIVER_MS + 5_000,
      check: async ({ facts, driver }) => checkTorch(place, await facts, await driver),
    },
    transformers: query(async ({ facts }) => checkTransformers(place, await facts)),
    imports: {
      timeoutMs: IMPORTS_MS + 5_000,
      check: async ({ facts }, signal) => checkImports(place, await facts, signal),
    },
    terminal: { timeoutMs: 5_000, check: () => checkTerminal(place) },
    port: { timeoutMs: 5_000, check: () => checkPort(place) },
    // A network disk may hang.
    disk: { timeoutMs: 5_000, check: () => checkDisk(place) },
    database: { timeoutMs: DATABASE_MS + 5_000, check: (_, signal) => checkDatabase(place, signal) },
    leftovers: { timeoutMs: 10_000, check: () => checkLeftovers(place) },
  };
}
