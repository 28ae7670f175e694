import { Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Profile } from '#contract';
import { Dialog, useCommand } from '../../parts/index.ts';
import { usePanelState } from '../../store.ts';
import { ProfileInputs } from './profile-fields.tsx';
import { useProfileForm } from './profile-form.ts';

interface DialogProps {
  /** Which one is edited; null: a new one. */
  id: string | null;
  onClose(): void;
  /** Saved, and to be used now. */
  onUse(id: string): void;
}

/** Adds or changes a backend that is not ours. */
export function ProfileDialog({ id, onClose, onUse }: DialogProps) {
  const { t } = useTranslation();
  const { profile, problem } = useProfile(id);
  return (
    <Dialog opened onClose={onClose} title={t(id === null ? 'profile.add' : 'profile.edit')}>
      {problem && <div className="error">{problem}</div>}
      {(id === null || profile) && <Form profile={profile} onClose={onClose} onUse={onUse} />}
    </Dialog>
  );
}

/** Asked for when it is edited: its variables are in no state that is pushed. */
function useProfile(id: string | null) {
  const { run, error } = useCommand('profiles.get');
  const [profile, setProfile] = useState<Profile | null>(null);
  useEffect(() => {
    if (id !== null) void run({ id }).then(setProfile);
  }, [id, run]);
  return { profile, problem: error?.message };
}

function Form({ profile, onClose, onUse }: { profile: Profile | null } & Omit<DialogProps, 'id'>) {
  const { t } = useTranslation();
  const form = useProfileForm(profile);
  const [fine, setFine] = useState(false);
  const check = useCommand('profiles.check');
  const save = useCommand('profiles.save');
  const error = check.error ?? save.error;

  const look = async () => {
    const made = form.take();
    const problems = made && (await check.run({ profile: made }));
    if (problems) form.tell(problems);
    const good = problems?.length === 0;
    setFine(good);
    return good ? made : null;
  };
  const keep = async (use: boolean) => {
    const made = await look();
    const saved = made && (await save.run({ profile: made, ...(profile ? { id: profile.id } : {}) }));
    if (!saved) return;
    onClose();
    if (use) onUse(saved.id);
  };

  return (
    <form className="stack profile" onSubmit={(event) => event.preventDefault()} onChange={() => setFine(false)}>
      <ProfileInputs form={form} />
      {error && <div className="error">{error.message}</div>}
      <div className="row">
        <Button variant="default" size="xs" loading={check.busy} onClick={look}>
          {t('profile.try')}
        </Button>
        <span className="grow dim small" role="status">
          {fine && t('profile.fine')}
        </span>
        {profile && <Remove id={profile.id} onRemoved={onClose} />}
        <Button variant="default" size="xs" onClick={() => keep(false)}>
          {t('profile.save')}
        </Button>
        <Button size="xs" loading={save.busy} onClick={() => keep(true)}>
          {t('profile.use')}
        </Button>
      </div>
    </form>
  );
}

/** Not of the chosen one, which may be running. */
function Remove({ id, onRemoved }: { id: string; onRemoved(): void }) {
  const { t } = useTranslation();
  const chosen = usePanelState((state) => state.profiles.chosen === id);
  const remove = useCommand('profiles.remove');
  const [sure, setSure] = useState(false);
  const gone = usePanelState((state) => !state.profiles.list.some((one) => one.id === id));
  useEffect(() => {
    if (gone) onRemoved();
  }, [gone, onRemoved]);
  if (chosen) return null;
  return (
    <>
      {remove.error && <span className="error small">{remove.error.message}</span>}
      <Button
        variant="subtle"
        color={sure ? 'red' : 'gray'}
        size="xs"
        loading={remove.busy}
        onBlur={() => setSure(false)}
        onClick={() => (sure ? remove.run({ id }) : setSure(true))}
      >
        {t(sure ? 'profile.removeSure' : 'profile.remove')}
      </Button>
    </>
  );
}
