import { ActionIcon, Button, Popover, TextInput, Tooltip } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
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
  const [opened, { toggle, close }] = useDisclosure(false);
  const open = (text: string) => {
    close();
    onChange(readPlace(new URLSearchParams(text)));
  };
  return (
    <Popover opened={opened} onChange={close} position="bottom-end" width={280} trapFocus withinPortal={false}>
      <Popover.Target>
        <Button variant="default" size="xs" leftSection={<IconBookmark size={14} aria-hidden />} onClick={toggle}>
          {t('runs.table.views')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('runs.table.views')}>
        {views.length === 0 && <div className="dim small">{t('runs.table.noViews')}</div>}
        {views.map(({ id, name, place: text }) => (
          <div key={id} className="row saved-view">
            <Button
              className="grow"
              variant="subtle"
              color="gray"
              size="compact-sm"
              justify="flex-start"
              onClick={() => open(text)}
            >
              {name}
            </Button>
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
        <SaveView place={place} />
      </Popover.Dropdown>
    </Popover>
  );
}

function SaveView({ place }: { place: RunsPlace }) {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const save = useCommand('views.save');
  useErrorToast(save.error?.sentence ?? null);
  const submit = async () => {
    if (name.trim() === '') return;
    await save.run({ name: name.trim(), place: placeText(place) });
    setName('');
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
      />
      <Button type="submit" size="compact-xs" disabled={name.trim() === ''} loading={save.busy}>
        {t('runs.table.save')}
      </Button>
    </form>
  );
}
