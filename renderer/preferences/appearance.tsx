import { SegmentedControl, useMantineColorScheme } from '@mantine/core';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { type Language, switchLanguage } from '../i18n/index.ts';
import { Card } from '../parts/index.ts';
import './preferences.css';

const schemes = ['auto', 'dark', 'light'] as const;

/** Language and theme of this browser or window, at once. */
export function Appearance() {
  const { t, i18n } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [language, theme] = [useId(), useId()];
  return (
    <Card title={t('sections.name.appearance')}>
      <dl className="facts-list">
        <dt id={language}>{t('preferences.language')}</dt>
        <dd>
          <SegmentedControl
            size="xs"
            transitionDuration={0}
            aria-labelledby={language}
            value={i18n.language}
            onChange={(next) => void switchLanguage(next as Language)}
            data={[
              { value: 'en', label: 'English' },
              { value: 'zh', label: '中文' },
            ]}
          />
        </dd>
        <dt id={theme}>{t('preferences.theme')}</dt>
        <dd>
          <SegmentedControl
            size="xs"
            transitionDuration={0}
            aria-labelledby={theme}
            value={colorScheme}
            onChange={(next) => setColorScheme(next as (typeof schemes)[number])}
            data={schemes.map((value) => ({ value, label: t(`preferences.scheme.${value}`) }))}
          />
        </dd>
      </dl>
    </Card>
  );
}
