import { NativeSelect } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { type ComponentType, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'wouter';
import { AlertSettingsForm } from '../alerts/index.ts';
import { Backends } from '../backend/index.ts';
import { Checks, useFailedChecks } from '../checks/index.ts';
import { Datasets, FoldersCard } from '../folders/index.ts';
import { About, Appearance, Polling } from '../preferences/index.ts';
import { PythonSection } from '../python/index.ts';
import { useReplayed } from '../replay/index.ts';
import { paths } from '../routes/index.ts';
import { Variables } from '../settings/index.ts';
import './settings-room.css';

/** In the order of the list; `name` is in the address, and the key of its words (`sections.name.NAME`). */
const sections: readonly { name: string; view: ComponentType }[] = [
  { name: 'variables', view: Variables },
  { name: 'python', view: PythonSection },
  { name: 'folders', view: FoldersCard },
  { name: 'datasets', view: Datasets },
  { name: 'backends', view: Backends },
  { name: 'checks', view: Checks },
  { name: 'alerts', view: AlertSettingsForm },
  { name: 'polling', view: Polling },
  { name: 'appearance', view: Appearance },
  { name: 'about', view: About },
];

/** One section at a time; an unknown one shows the first. */
export default function SettingsRoom({ section }: { section: string | undefined }) {
  const current = sections.find(({ name }) => name === section) ?? sections[0];
  const { t } = useTranslation();
  const replayed = useReplayed(({ replay }) => replay !== null);
  if (!current) return null;
  // A recording has settings to read; language and theme are the page's own.
  const isInert = replayed && current.name !== 'appearance';
  const View = current.view;
  return (
    <div className="room settings-room">
      <Sections current={current.name} />
      <div className="section">
        {isInert && <p className="dim">{t('sections.replayed')}</p>}
        <fieldset className="section-controls" disabled={isInert}>
          <Suspense>
            <View />
          </Suspense>
        </fieldset>
      </div>
    </div>
  );
}

/** A list beside the section; where the window is narrow, a select above it. */
function Sections({ current }: { current: string }) {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const isNarrow = useMediaQuery('(width < 1100px)', false, { getInitialValueInEffect: false });
  const failed = useFailedChecks();
  const label = (name: string) =>
    name === 'checks' && failed > 0 ? t('checks.failed', { count: failed }) : t(`sections.name.${name}`);
  if (isNarrow)
    return (
      <NativeSelect
        size="xs"
        aria-label={t('sections.list')}
        value={current}
        onChange={(event) => navigate(paths.settings(event.currentTarget.value))}
        data={sections.map(({ name }) => ({ value: name, label: label(name) }))}
      />
    );
  return (
    <nav className="sections" aria-label={t('sections.list')}>
      {sections.map(({ name }) => (
        <Link key={name} href={paths.settings(name)} aria-current={name === current ? 'page' : undefined}>
          {label(name)}
        </Link>
      ))}
    </nav>
  );
}
