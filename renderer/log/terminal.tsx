import { ActionIcon, Button, Tooltip, useComputedColorScheme } from '@mantine/core';
import { IconArrowBarToDown, IconCopy, IconEraser, IconFileText } from '@tabler/icons-react';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { bytesText, Card, CopyButton } from '../parts/index.ts';
import { core, usePanelState } from '../store.ts';
import { LogLink } from './log-link.tsx';
import { LogSearch, type Matches } from './log-search.tsx';
import { createLogView, type LogView } from './log-view.ts';
import '@xterm/xterm/css/xterm.css';

/** The backend's output as a read-only terminal. */
export function Terminal({ tabs }: { tabs: ReactNode }) {
  const { t } = useTranslation();
  const scheme = useComputedColorScheme('dark');
  const file = usePanelState((state) => state.app.logFile);
  const isPipe = usePanelState((state) => state.backend.terminal === 'pipe');
  const place = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const [view, setView] = useState<LogView | null>(null);
  const [following, setFollowing] = useState(true);
  const [skipped, setSkipped] = useState(0);
  const [matches, setMatches] = useState<Matches>({ index: -1, count: 0 });
  const [link, setLink] = useState<string | null>(null);

  useEffect(() => {
    if (!place.current) return;
    const created = createLogView(place.current, {
      name: t('log.title'),
      skippedText: (characters) => t('log.skippedHere', { size: bytesText(characters), file }),
      onSkipped: (characters) => setSkipped((before) => before + characters),
      onDrawn: core.acknowledge,
      onFollowing: setFollowing,
      onMatches: (index, count) => setMatches({ index, count }),
      onLink: setLink,
      onFind: () => field.current?.select(),
    });
    const stop = core.follow('log', created.show);
    setView(created);
    return () => {
      stop();
      created.dispose();
    };
  }, [t, file]);
  useEffect(() => view?.setScheme(scheme), [view, scheme]);

  const clear = () => {
    view?.clear();
    setSkipped(0);
  };
  const actions = (
    <>
      {tabs}
      {isPipe && <span className="tag">{t('log.pipe')}</span>}
      {skipped > 0 && (
        <Tooltip withinPortal={false} label={t('log.skippedWhy', { file })} multiline maw={420}>
          <span className="tag tight">{t('log.skipped', { size: bytesText(skipped) })}</span>
        </Tooltip>
      )}
      <LogSearch field={field} view={view} matches={matches} />
      <span className="log-tools">
        <CopyButton icon={<IconCopy size={15} />} label={t('log.copy')} text={() => view?.text() ?? ''} redact />
        <CopyButton icon={<IconFileText size={15} />} label={t('log.copyPath', { file })} text={() => file} />
        <Tooltip withinPortal={false} label={t('log.clear')}>
          <ActionIcon variant="subtle" color="gray" size="sm" aria-label={t('log.clear')} onClick={clear}>
            <IconEraser size={15} />
          </ActionIcon>
        </Tooltip>
      </span>
    </>
  );
  return (
    <Card title={t('log.title')} actions={actions}>
      <div className="log">
        <div ref={place} className="log-screen" />
        {!following && (
          <Button
            className="log-follow"
            size="compact-xs"
            leftSection={<IconArrowBarToDown size={14} />}
            onClick={() => view?.follow()}
          >
            {t('log.follow')}
          </Button>
        )}
      </div>
      <LogLink address={link} onClose={() => setLink(null)} />
    </Card>
  );
}
