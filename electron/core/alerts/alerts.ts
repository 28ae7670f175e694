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
import { createJsonStore, type StoreNotice } from '../base/index.ts';
import { createClock } from '../gpu/index.ts';
import { kept } from './engine/alert-list.ts';
import { createRules, step } from './engine/step.ts';
import type { AlertView } from './types.ts';

/** How often time is told of where no tick comes. */
const SLOW_MS = 5_000;

export interface AlertsOptions {
  /** Where the settings are kept. */
  file: string;
  /** What is known now, beside the tick. Asked at each step: no more than a look at variables. */
  look(): AlertView;
  /** The list or the settings have changed; never for figures alone. */
  onChange(state: AlertsState): void;
  /** Once for each alert; `notify`: it is to be told on the desktop too. */
  onRaised(alert: Alert, notify: boolean): void;
  /** Unix milliseconds that never go back; a tick brings its own. */
  now?: () => number;
}

export interface Alerts {
  state(): AlertsState;
  /** With our own share in it. */
  tick(tick: Tick): void;
  /** Time has passed, whether a tick came or not. By itself every five seconds once started. */
  pass(): void;
  /** Begins to notice that no tick comes. */
  start(): void;
  /** Saves these; `refused` where the disk will not. */
  change(settings: AlertChange): Promise<void>;
  /** Takes it off the list; one that still lasts stays away until it has ended and is raised again. */
  dismiss(id: string): void;
  /** What happened when the file was read, or null. */
  notice(): StoreNotice | null;
  stop(): void;
}

/** Loose: what a newer Headroom wrote beside what this one knows is kept and written back. */
const fileSchema = z.looseObject({ settings: alertSettingsSchema });
type File = z.infer<typeof fileSchema>;

/** What is watched for, what has been found, and what a person chose of it. */
export async function createAlerts(options: AlertsOptions): Promise<Alerts> {
  const { look, onChange, onRaised, now = createClock() } = options;
  const store = await createJsonStore<File>({
    file: options.file,
    schema: fileSchema,
    fallback: { settings: alertSettingsSchema.parse({}) },
    salvage,
  });
  const settings = (): AlertSettings => store.value().settings;
  let rules = createRules();
  let list: Alert[] = [];
  let timer: NodeJS.Timeout | null = null;

  const state = (): AlertsState => ({ list, settings: settings() });
  const take = (time: number, tick: Tick | null) => {
    const { state: next, raised, ended } = step(rules, { ...look(), time, tick, settings: settings() });
    rules = next;
    if (raised.length === 0 && ended.length === 0) return;
    const before = list;
    list = kept(
      list,
      raised.map(({ alert }) => alert),
      ended,
    );
    if (list !== before) onChange(state());
    for (const { alert, notify } of raised) onRaised(alert, notify && settings().notifications);
  };
  const pass = () => take(now(), null);

  return {
    state,
    tick: (tick) => take(tick.time, tick),
    pass,
    start() {
      timer ??= setInterval(pass, SLOW_MS).unref();
    },
    async change(given) {
      const chosen = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
      await store.update((file) => ({ ...file, settings: { ...file.settings, ...chosen } }));
      onChange(state());
    },
    dismiss(id) {
      if (!list.some((alert) => alert.id === id))
        throw new PanelError('not_found', 'This alert is not in the list any more.');
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

/** One bad rule in an edited file does not cost the others. */
function salvage(raw: unknown): File {
  const outer = z.looseObject({ settings: z.record(z.string(), z.unknown()) }).safeParse(raw);
  if (!outer.success) return { settings: alertSettingsSchema.parse({}) };
  const { shape } = alertSettingsSchema;
  const good = Object.entries(outer.data.settings).filter(
    ([name, value]) => Object.hasOwn(shape, name) && shape[name as keyof typeof shape].safeParse(value).success,
  );
  return { ...outer.data, settings: alertSettingsSchema.parse(Object.fromEntries(good)) };
}
