import { isLoopback, PanelError, type Settings, type SettingsState } from '#contract';
import type { Overrides } from './environment.ts';
import { pendingSettings } from './in-force.ts';
import { say } from './sentences.ts';
import type { SettingsStore } from './settings-store.ts';

/** The settings as the panel shows them: what is stored, what runs, and what a restart would change. */
export function createPanelSettings(parts: {
  store: SettingsStore;
  /** Variables that win over the stored settings in the next start. */
  overrides(): Overrides;
  /** What the running backend reports; null while none runs. */
  running(): Partial<Settings> | null;
  /** Headroom's own backend is selected: a profile's program listens where it chooses. */
  ownBackend(): boolean;
  onChange(state: SettingsState): void;
}) {
  const { store, overrides } = parts;
  const state = (): SettingsState => {
    const from = { desired: store.desired(), running: parts.running(), overrides: overrides() };
    return { ...from, pending: pendingSettings(from), exposedHost: exposedHost() };
  };
  const effective = <N extends 'LBS_HOST' | 'LBS_DB_PATH'>(name: N): Settings[N] | string =>
    store.overrides()[name] ?? store.desired()[name];
  const exposedHost = () => {
    const host = effective('LBS_HOST');
    return !parts.ownBackend() || isLoopback(host) || host === store.allowedHost() ? null : host;
  };
  const publish = () => parts.onChange(state());
  const change = async (values: Partial<Settings>) => {
    await store.change(values);
    publish();
  };
  return {
    state,
    /** After anything outside this room that the state depends on has changed. */
    publish,
    change,
    /** Puts the pending settings back to what runs. An override's value is not what the person chose: it stays out. */
    async undo() {
      const { running, pending } = state();
      if (running) await change(Object.fromEntries(pending.map((name) => [name, running[name]])));
    },
    /** The value that the next start uses: a variable of Headroom's own environment, else the stored one. */
    effective,
    /** LBS_HOST of the next start, if the person has to allow it first; else null. */
    exposedHost,
    async allowHost(host: string) {
      await store.allowHost(host);
      publish();
    },
    /** Throws `refused` where the next start would listen beyond this machine unasked. */
    requireAllowedHost() {
      const host = exposedHost();
      if (host !== null) throw new PanelError('refused', say('exposedHost', { host }));
    },
  };
}

export type PanelSettings = ReturnType<typeof createPanelSettings>;
