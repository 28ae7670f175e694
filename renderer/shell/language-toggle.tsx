import { ActionIcon } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { type Language, switchLanguage } from '../i18n/index.ts';

/** Names the language that it switches to, in that language. */
export function LanguageToggle() {
  const { t, i18n } = useTranslation();
  const other: Language = i18n.language === 'zh' ? 'en' : 'zh';
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      fz="sm"
      aria-label={t('language.toggle')}
      onClick={() => void switchLanguage(other)}
    >
      {other === 'zh' ? '中' : 'EN'}
    </ActionIcon>
  );
}
