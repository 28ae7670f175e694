import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type AlertSettings, alertSettingsSchema } from '#contract';
import { usePanelState } from '../../store.ts';
import { NumberField } from './number-field.tsx';
import { RuleSwitch } from './rule-switch.tsx';

/** How the person is told: as a notification of the system, and how often of the same. */
export function Notifying(props: { settings: AlertSettings; onSave(change: Partial<AlertSettings>): void }) {
  const { settings, onSave } = props;
  const { t } = useTranslation();
  const shell = usePanelState((state) => state.app.shell);
  const quiet = alertSettingsSchema.shape.quietMinutes;
  const { minValue, maxValue } = quiet.unwrap();
  const read = (text: string) => {
    const parsed = quiet.safeParse(text.trim() === '' ? Number.NaN : Number(text));
    if (parsed.success) return { save: () => onSave({ quietMinutes: parsed.data }) };
    return { min: minValue ?? 0, max: maxValue };
  };
  return (
    <>
      <div className="rule">
        <RuleSwitch
          on={settings.notifications}
          label={t('alerts.notifications')}
          about={t(`alerts.notificationsAbout.${shell}`)}
          onChange={(notifications) => onSave({ notifications })}
        />
        {shell === 'serve' && settings.notifications && <Allow />}
      </div>
      <div className="rule">
        <div className="grow">
          <div className="name">{t('alerts.quiet')}</div>
          <div className="dim small">{t('alerts.quietAbout')}</div>
        </div>
        <NumberField
          label={t('alerts.within')}
          of={t('alerts.quiet')}
          unit="min"
          disabled={false}
          saved={String(settings.quietMinutes)}
          read={read}
        />
      </div>
    </>
  );
}

/** A browser asks the person, and only after they have pressed something. */
function Allow() {
  const { t } = useTranslation();
  const [permission, setPermission] = useState(() => ('Notification' in window ? Notification.permission : 'none'));
  if (permission === 'default')
    return (
      <Button
        variant="default"
        size="compact-xs"
        onClick={() => void Notification.requestPermission().then(setPermission)}
      >
        {t('alerts.allow')}
      </Button>
    );
  return <span className="dim small">{t(`alerts.permission.${permission}`)}</span>;
}
