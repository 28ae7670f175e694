import { ActionIcon, Button, Menu, TextInput, Tooltip } from '@mantine/core';
import { IconBookmark, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommand, useErrorToast } from '../../parts/index.ts';
import { usePanelState } from '../../store.ts';
import { placeText, type RunsPlace, readPlace } from './runs-place.ts';

interface SavedViewsProps {
  place: RunsPlace;
  onChange(place: RunsPlace): void;
}

/** Filters and order by name: opened, saved and removed. */
export function SavedViews({ place, onChange }: SavedViewsProps) {
  const { t } = useTranslation();
  const views = usePanelState((state) => state.views);
  const remove = useCommand('views.remove');
  useErrorToast(remove.error?.sentence ?? null);
  return (
    <Menu position="bottom-start" width={260} withinPortal={false} closeOnItemClick>
      <Menu.Target>
        <Button variant="default" size="xs" leftSection={<IconBookmark size={14} aria-hidden />}>
          {t('runs.table.views')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {views.length === 0 && <Menu.Label>{t('runs.table.noViews')}</Menu.Label>}
        {views.map(({ id, name, place: text }) => (
          <div key={id} className="row saved-view">
            <Menu.Item className="grow" onClick={() => onChange(readPlace(new URLSearchParams(text)))}>
              {name}
            </Menu.Item>
            <Tooltip label={t('runs.table.removeView', { name })} withinPortal={false}>
              <ActionIcon
                variant="subtle"
                color="gray"
                size="sm"
                aria-label={t('runs.table.removeView', { name })}
                onClick={() => void remove.run({ id })}
              >
                <IconTrash size={14} />
              </ActionIcon>
            </Tooltip>
          </div>
        ))}
        <Menu.Divider />
        <SaveView place={place} />
      </Menu.Dropdown>
    </Menu>
  );
}

function SaveView({ place }: { place: RunsPlace }) {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const save = useCommand('views.save');
  useErrorToast(save.error?.sentence ?? null);
  const submit = async () => {
    if (name.trim() === '') return;
    if ((await save.run({ name: name.trim(), place: placeText(place) })) !== null || !save.error) setName('');
  };
  return (
    <form
      className="row saved-view"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <TextInput
        className="grow"
        size="xs"
        maxLength={80}
        aria-label={t('runs.table.viewName')}
        placeholder={t('runs.table.viewName')}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        // The menu would move to the item that begins with the letter.
        onKeyDown={(event) => event.key !== 'Escape' && event.stopPropagation()}
      />
      <Button type="submit" size="compact-xs" disabled={name.trim() === ''} loading={save.busy}>
        {t('runs.table.save')}
      </Button>
    </form>
  );
}
