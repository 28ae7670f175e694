import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { PanelError, type Profile, type ProfileFields, type ProfilesState, profileSchema } from '#contract';
import type { Environment } from '../base/index.ts';
import { createJsonStore, createListeners, type Saving, type StoreNotice } from '../base/index.ts';
import { secretsIn } from '../redaction/index.ts';
import { checkProfile } from './check.ts';
import { say } from './sentences.ts';

export interface Profiles {
  state(): ProfilesState;
  /** After each change of the list or the selection; returns a function that unsubscribes. */
  onChange(listener: (state: ProfilesState) => void): () => void;
  /** The selected one; null: our own backend. */
  chosen(): Profile | null;
  /** Throws `not_found`. */
  get(id: string): Profile;
  /** Adds one where there is no id; returns its id. Throws `invalid_input` where its folder does not exist. */
  save(fields: ProfileFields, id?: string): Promise<string>;
  /** Throws `refused` for the selected one. */
  remove(id: string): Promise<void>;
  choose(id: string | null): Promise<void>;
  /** Secrets among their variables, which must not be in a file that is shared. */
  secrets(): string[];
  notice(): StoreNotice | null;
}

interface ProfilesOptions {
  file: string;
  /** The panel's own environment, whose PATH they inherit. */
  env: Environment;
  saving?: Saving;
}

const MOST = 50;

const fileSchema = z.looseObject({ list: z.array(profileSchema), chosen: z.string().nullable() });
type File = z.infer<typeof fileSchema>;

/** The backends that the person added beside our own, and which one is selected. */
export async function createProfiles({ file, env, saving }: ProfilesOptions): Promise<Profiles> {
  const store = await createJsonStore<File>({
    file,
    saving,
    schema: fileSchema,
    fallback: { list: [], chosen: null },
    salvage,
  });
  const changes = createListeners<ProfilesState>();
  const find = (id: string | null) => store.value().list.find((one) => one.id === id) ?? null;
  const state = (): ProfilesState => ({
    list: store.value().list.map(({ id, name, healthUrl }) => ({ id, name, healthUrl })),
    chosen: find(store.value().chosen)?.id ?? null,
  });
  const update = async (change: (value: File) => File) => {
    await store.update(change);
    changes.notify(state());
  };
  const get = (id: string): Profile => {
    const found = find(id);
    if (!found) throw new PanelError('not_found', say('notInList'));
    return found;
  };
  return {
    state,
    onChange: changes.add,
    chosen: () => find(store.value().chosen),
    get,
    async save(fields, id) {
      if (id !== undefined) get(id);
      const folder = checkProfile(fields, env).find((problem) => problem.field === 'folder');
      if (folder) throw new PanelError('invalid_input', folder.sentence);
      const profile = { ...fields, id: id ?? randomBytes(6).toString('hex') };
      await update((value) => ({ ...value, list: withProfile(value.list, profile) }));
      return profile.id;
    },
    async remove(id) {
      get(id);
      if (store.value().chosen === id) throw new PanelError('refused', say('selected'));
      await update((value) => ({ ...value, list: value.list.filter((one) => one.id !== id) }));
    },
    async choose(id) {
      if (id !== null) get(id);
      await update((value) => ({ ...value, chosen: id }));
    },
    secrets: () => store.value().list.flatMap(({ env: variables }) => secretsIn(variables)),
    notice: store.notice,
  };
}

function withProfile(list: Profile[], profile: Profile): Profile[] {
  const others = list.filter(({ id }) => id !== profile.id);
  if (others.some(({ name }) => name === profile.name))
    throw new PanelError('invalid_input', say('nameTaken', { name: profile.name }));
  if (others.length >= MOST) throw new PanelError('refused', say('listFull'));
  return others.length === list.length
    ? [...list, profile]
    : list.map((one) => (one.id === profile.id ? profile : one));
}

/** Keeps every valid entry of an edited file. */
function salvage(raw: unknown): File {
  const outer = z.looseObject({ list: z.array(z.unknown()) }).safeParse(raw);
  const list = (outer.data?.list ?? []).flatMap((one) => profileSchema.safeParse(one).data ?? []);
  return { list, chosen: z.object({ chosen: z.string() }).safeParse(raw).data?.chosen ?? null };
}
