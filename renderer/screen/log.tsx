import { TextInput } from '@mantine/core';
import { FitAddon } from '@xterm/addon-fit';
import { SearchAddon } from '@xterm/addon-search';
import { Terminal } from '@xterm/xterm';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Card } from '../parts/card.tsx';
import { core, usePanelState } from '../store.ts';

const COLUMNS = 120;

/** The backend's terminal, to read only. */
export function Log() {
  const { t } = useTranslation();
  const place = useRef<HTMLDivElement>(null);
  const search = useRef<SearchAddon | null>(null);
  const [dropped, setDropped] = useState(0);
  const pipes = usePanelState((state) => state.backend.terminal === 'pipe');

  useEffect(() => {
    if (!place.current) return;
    const terminal = new Terminal({
      disableStdin: true,
      cols: COLUMNS,
      scrollback: 5_000,
      fontSize: 12,
      theme: { background: '#0e1116' },
    });
    const fit = new FitAddon();
    search.current = new SearchAddon();
    terminal.loadAddon(fit);
    terminal.loadAddon(search.current);
    terminal.open(place.current);
    const resized = new ResizeObserver(() => fit.fit());
    resized.observe(place.current);
    const stop = core.follow('log', ({ items, dropped: lost, fresh }) => {
      if (fresh) terminal.reset();
      setDropped((before) => (fresh ? lost : before + lost));
      terminal.write(items.join(''));
    });
    return () => {
      stop();
      resized.disconnect();
      terminal.dispose();
    };
  }, []);

  const aside = (
    <>
      {pipes && <span className="tag">{t('log.pipe')}</span>}
      {dropped > 0 && <span className="dim small">{t('log.dropped', { count: dropped })}</span>}
      <TextInput
        size="xs"
        aria-label={t('log.search')}
        placeholder={t('log.search')}
        onKeyDown={(event) => {
          if (event.key === 'Enter') search.current?.findPrevious(event.currentTarget.value);
        }}
      />
    </>
  );
  return (
    <Card title={t('log.title')} aside={aside}>
      <div ref={place} className="log" style={{ marginTop: 8 }} />
    </Card>
  );
}
