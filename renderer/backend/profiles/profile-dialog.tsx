import { Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Profile } from '#contract';
import { useSentence } from '../../i18n/index.ts';
import { Dialog, useCommand } from '../../parts/index.ts';
import { usePanelState } from '../../store.ts';
import { ProfileInputs } from './profile-fields.tsx';
import { useProfileForm } from './profile-form.ts';

interface DialogProps {
  /** The profile to edit; null for a new one. */
  id: string | null;
  onClose(): void;
  /** Called after "Save and use". */
  onUse(id: string): void;
}

/** Adds or edits the profile of a foreign backend. */
export function ProfileDialog({ id, onClose, onUse }: DialogProps) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const { profile, error } = useProfile(id);
  return (
    <Dialog opened onClose={onClose} title={t(id === null ? 'profile.add' : 'profile.edit')}>
      {error && <div className="error">{sentence(error.sentence)}</div>}
      {(id === null || profile) && <Form profile={profile} onClose={onClose} onUse={onUse} />}
    </Dialog>
  );
}

/** Fetches the profile: its environment variables may be secrets and are not part of PanelState. */
function useProfile(id: string | null) {
  const { run, error } = useCommand('profiles.get');
  const [profile, setProfile] = useState<Profile | null>(null);
  useEffect(() => {
    if (id !== null) void run({ id }).then(setProfile);
  }, [id, run]);
  return { profile, error };
}

function Form({ profile, onClose, onUse }: { profile: Profile | null } & Omit<DialogProps, 'id'>) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const form = useProfileForm(profile);
  const [passed, setPassed] = useState(false);
  const check = useCommand('profiles.check');
  const save = useCommand('profiles.save');
  const error = check.error ?? save.error;

  const validate = async () => {
    const fields = form.submit();
    const problems = fields && (await check.run({ profile: fields }));
    if (problems) form.setProblems(problems);
    const isValid = problems?.length === 0;
    setPassed(isValid);
    return isValid ? fields : null;
  };
  const saveProfile = async (use: boolean) => {
    const fields = await validate();
    const saved = fields && (await save.run(profile ? { profile: fields, id: profile.id } : { profile: fields }));
    if (!saved) return;
    onClose();
    if (use) onUse(saved.id);
  };

  return (
    <form className="stack profile" onSubmit={(event) => event.preventDefault()} onChange={() => setPassed(false)}>
      <ProfileInputs form={form} />
      {error && <div className="error">{sentence(error.sentence)}</div>}
      <div className="row">
        <Button variant="default" size="xs" loading={check.busy} onClick={validate}>
          {t('profile.try')}
        </Button>
        <span className="grow dim small" role="status">
          {passed && t('profile.passed')}
        </span>
        {profile && <Remove id={profile.id} onRemoved={onClose} />}
        <Button variant="default" size="xs" onClick={() => saveProfile(false)}>
          {t('profile.save')}
        </Button>
        <Button size="xs" loading={save.busy} onClick={() => saveProfile(true)}>
          {t('profile.use')}
        </Button>
      </div>
    </form>
  );
}

/** Removes a profile that is not chosen: the chosen one may be running. */
function Remove({ id, onRemoved }: { id: string; onRemoved(): void }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const chosen = usePanelState((state) => state.profiles.chosen === id);
  const remove = useCommand('profiles.remove');
  const [confirming, setConfirming] = useState(false);
  const removed = usePanelState((state) => !state.profiles.list.some((profile) => profile.id === id));
  useEffect(() => {
    if (removed) onRemoved();
  }, [removed, onRemoved]);
  if (chosen) return null;
  return (
    <>
      {remove.error && <span className="error small">{sentence(remove.error.sentence)}</span>}
      <Button
        variant="subtle"
        color={confirming ? 'red' : 'gray'}
        size="xs"
        loading={remove.busy}
        onBlur={() => setConfirming(false)}
        onClick={() => (confirming ? remove.run({ id }) : setConfirming(true))}
      >
        {t(confirming ? 'profile.removeConfirm' : 'profile.remove')}
      </Button>
    </>
  );
}
