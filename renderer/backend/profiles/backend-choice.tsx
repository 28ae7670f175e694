import { ActionIcon, Button, NativeSelect } from '@mantine/core';
import { IconPencil, IconPlus } from '@tabler/icons-react';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSentence } from '../../i18n/index.ts';
import { useCommand } from '../../parts/index.ts';
import { usePanelState } from '../../store.ts';
import { DismissedServers } from '../adoption.tsx';
import './profiles.css';

const ProfileDialog = lazy(async () => ({ default: (await import('./profile-dialog.tsx')).ProfileDialog }));

const OWN = '';
const idOf = (value: string) => (value === OWN ? null : value);

/** Chooses the backend that the limits apply to: Headroom's own or one with a profile. */
export function BackendChoice() {
  const { t } = useTranslation();
  const sentence = useSentence();
  const { list, chosen } = usePanelState((state) => state.profiles);
  const clearing = usePanelState((state) => state.clearing?.active ?? false);
  const choose = useCommand('profiles.choose');
  /** The last choice, until its error message is dismissed. */
  const [requested, setRequested] = useState<{ id: string | null } | null>(null);
  const [editing, setEditing] = useState<{ id: string | null } | null>(null);
  const switchTo = (id: string | null, when?: 'now') => {
    setRequested({ id });
    void choose.run(when ? { id, when } : { id });
  };
  return (
    <div className="stack tight">
      <div className="row backend-choice">
        <NativeSelect
          className="grow"
          size="xs"
          label={t('profile.label')}
          value={chosen ?? OWN}
          disabled={choose.busy || clearing}
          onChange={(event) => switchTo(idOf(event.currentTarget.value))}
          data={[{ value: OWN, label: t('profile.own') }, ...list.map(({ id, name }) => ({ value: id, label: name }))]}
        />
        {chosen !== null && (
          <ActionIcon
            variant="default"
            size={30}
            aria-label={t('profile.edit')}
            title={t('profile.edit')}
            onClick={() => setEditing({ id: chosen })}
          >
            <IconPencil size={15} />
          </ActionIcon>
        )}
        <ActionIcon
          variant="default"
          size={30}
          aria-label={t('profile.add')}
          title={t('profile.add')}
          onClick={() => setEditing({ id: null })}
        >
          <IconPlus size={15} />
        </ActionIcon>
      </div>
      <DismissedServers />
      {chosen !== null && <div className="dim small">{t('profile.limits')}</div>}
      {requested && choose.error && (
        <div className="row wrap">
          <span className="error small">{sentence(choose.error.sentence)}</span>
          {choose.error.code === 'busy' && (
            <Button size="compact-xs" color="red" variant="light" onClick={() => switchTo(requested.id, 'now')}>
              {t('profile.switchNow')}
            </Button>
          )}
          <Button size="compact-xs" variant="subtle" color="gray" onClick={() => setRequested(null)}>
            {t('settings.cancel')}
          </Button>
        </div>
      )}
      {editing && (
        <Suspense>
          <ProfileDialog id={editing.id} onClose={() => setEditing(null)} onUse={(id) => switchTo(id)} />
        </Suspense>
      )}
    </div>
  );
}
