import { createSpotlight, Spotlight } from '@mantine/spotlight';
import '@mantine/spotlight/styles.css';
import { IconSearch } from '@tabler/icons-react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useActions } from './use-actions.tsx';
import './palette.css';

const [store, palette] = createSpotlight();
const MOST_SHOWN = 12;

/** Finds rooms, commands, runs and settings by name. `request` counts the wishes to open it. */
export function Palette({ request }: { request: number }) {
  const { t } = useTranslation();
  const { actions, dialogs } = useActions();
  useEffect(() => {
    if (request > 0) palette.open();
  }, [request]);
  return (
    <>
      <Spotlight
        store={store}
        attributes={{ content: { 'aria-label': t('palette.label') } }}
        actions={actions}
        shortcut={null}
        limit={MOST_SHOWN}
        scrollable
        maxHeight={420}
        highlightQuery
        // A blurred backdrop is drawn by the CPU.
        overlayProps={{ blur: 0, backgroundOpacity: 0.5 }}
        nothingFound={t('palette.nothing')}
        searchProps={{
          'aria-label': t('palette.label'),
          placeholder: t('palette.placeholder'),
          leftSection: <IconSearch size={16} aria-hidden />,
        }}
      />
      {dialogs}
    </>
  );
}
