import { Button } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { keyText, OPEN_PALETTE, roomKeys } from '../routes/index.ts';

const Palette = lazy(async () => ({ default: (await import('../palette/index.ts')).Palette }));

/** Opens the command palette, which is loaded when it is first wanted. */
export function PaletteButton() {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const [request, setRequest] = useState(0);
  const open = () => setRequest((before) => before + 1);
  // The log and form fields take no part: they keep Alt and a number for themselves.
  useHotkeys(roomKeys.map(({ path, hotkey }) => [hotkey, () => navigate(path)]));
  useHotkeys([[OPEN_PALETTE, open]], []);
  return (
    <>
      <Button
        className="palette-button"
        variant="subtle"
        color="gray"
        size="xs"
        aria-keyshortcuts="Control+K"
        leftSection={<IconSearch size={15} aria-hidden />}
        rightSection={<kbd>{keyText(OPEN_PALETTE)}</kbd>}
        onClick={open}
      >
        <span className="palette-word">{t('palette.open')}</span>
      </Button>
      {request > 0 && (
        <Suspense>
          <Palette request={request} />
        </Suspense>
      )}
    </>
  );
}
