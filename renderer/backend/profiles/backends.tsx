import { useTranslation } from 'react-i18next';
import { Card } from '../../parts/index.ts';
import { usePanelState } from '../../store.ts';
import { BackendChoice } from './backend-choice.tsx';

/** The backend in use, and the profiles of others. */
export function Backends() {
  const { t } = useTranslation();
  const count = usePanelState((state) => state.profiles.list.length);
  return (
    <Card title={t('profile.title')}>
      <p className="dim small">{t('profile.about')}</p>
      <BackendChoice />
      {count === 0 && <p className="dim small">{t('profile.none')}</p>}
    </Card>
  );
}
