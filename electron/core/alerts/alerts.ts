import { z } from 'zod';
import {
  type Alert,
  type AlertChange,
  type AlertSettings,
  type AlertsState,
  alertSettingsSchema,
  PanelError,
  type Tick,
} from '#contract';
import { createJsonStore, type Saving, type StoreNotice } from '../base/index.ts';
import { createClock } from '../gpu/index.ts';
import { updateList } from './engine/alert-list.ts';
import { createRules, step } from './engine/step.ts';
import type { LastKnown } from './rules/growth.ts';
import { say } from './sentences.ts';
import type { AlertView } from './types.ts';

/** The interval of steps without a sample. */
const STEP_MS = 5_000;

export interface AlertsOptions {
  /** The file with the settings. */
  file: string;
  saving?: Saving;
  /** The current state beside the sample; called at each step, so it must be cheap. */
  view(): AlertView;
  /** What processes held when Headroom last ran. */
  lastKnown?: LastKnown;
  /** Called when the list or the settings change; not for new values alone. */
  onChange(state: AlertsState): void;
  /** Called once per alert; `notify`: show a notification. */
  onRaised(alert: Alert, notify: boolean): void;
  /** Unix milliseconds that never go back; a sample has its own time. */
  now?: () => number;
}

export interface Alerts {
  state(): AlertsState;
  /** Takes a sample with our own share in it. */
  tick(tick: Tick): void;
  /** Steps without a sample; happens every five seconds once started. */
  pass(): void;
  /** Starts to notice missing samples. */
  start(): void;
  /** Saves the settings; throws PanelError (`refused`) where the disk fails. */
  change(settings: AlertChange): Promise<void>;
  /** Removes an alert from the list; an active one stays away until it has ended and is raised again. */
  dismiss(id: string): void;
  /** The notice about reading the file, or null. */
  notice(): StoreNotice | null;
  stop(): void;
}

/** Loose: fields of a newer Headroom are written back. */
const fileSchema = z.looseObject({ settings: alertSettingsSchema });
type File = z.infer<typeof fileSchema>;

/** The alerts: their settings, and the list of raised ones. */
export async function createAlerts(options: AlertsOptions): Promise<Alerts> {
  const { view, onChange, onRaised, now = createClock() } = options;
  const store = await createJsonStore<File>({
    file: options.file,
    saving: options.saving,
    schema: fileSchema,
    fallback: { settings: alertSettingsSchema.parse({}) },
    salvage,
  });
  const settings = (): AlertSettings => store.value().settings;
  let rules = createRules(options.lastKnown);
  let list: Alert[] = [];
  let timer: NodeJS.Timeout | null = null;

  const state = (): AlertsState => ({ list, settings: settings() });
  const advance = (time: number, tick: Tick | null) => {
    const { state: next, raised, ended } = step(rules, { ...view(), time, tick, settings: settings() });
    rules = next;
    if (raised.length === 0 && ended.length === 0) return;
    const before = list;
    list = updateList(
      list,
      raised.map(({ alert }) => alert),
      ended,
    );
    if (list !== before) onChange(state());
    for (const { alert, notify } of raised) onRaised(alert, notify && settings().notifications);
  };
  const pass = () => advance(now(), null);

  return {
    state,
    tick: (tick) => advance(tick.time, tick),
    pass,
    start() {
      timer ??= setInterval(pass, STEP_MS).unref();
    },
    async change(given) {
      const chosen = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
      await store.update((file) => ({ ...file, settings: { ...file.settings, ...chosen } }));
      onChange(state());
    },
    dismiss(id) {
      if (!list.some((alert) => alert.id === id)) throw new PanelError('not_found', say('notInList'));
      list = list.filter((alert) => alert.id !== id);
      onChange(state());
    },
    notice: store.notice,
    stop() {
      if (timer) clearInterval(timer);
      timer = null;
    },
  };
}

/** Keeps the valid rules of an edited file. */
function salvage(raw: unknown): File {
  const outer = z.looseObject({ settings: z.record(z.string(), z.unknown()) }).safeParse(raw);
  if (!outer.success) return { settings: alertSettingsSchema.parse({}) };
  const { shape } = alertSettingsSchema;
  const good = Object.entries(outer.data.settings).filter(
    ([name, value]) => Object.hasOwn(shape, name) && shape[name as keyof typeof shape].safeParse(value).success,
  );
  return { ...outer.data, settings: alertSettingsSchema.parse(Object.fromEntries(good)) };
}
