import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type AlertSettings, alertSettingsSchema } from '#contract';
import { usePanelState } from '../../store.ts';
import { NumberField, type Parsed } from './number-field.tsx';
import { RuleSwitch } from './rule-switch.tsx';

/** Whether alerts raise notifications, and how often the same alert may raise one. */
export function NotificationSettings(props: { settings: AlertSettings; onSave(change: Partial<AlertSettings>): void }) {
  const { settings, onSave } = props;
  const { t } = useTranslation();
  const shell = usePanelState((state) => state.app.shell);
  const schema = alertSettingsSchema.shape.quietMinutes;
  const { minValue, maxValue } = schema.unwrap();
  const parseMinutes = (text: string): Parsed => {
    const { data } = schema.safeParse(text.trim() === '' ? Number.NaN : Number(text));
    if (data !== undefined) return { save: () => onSave({ quietMinutes: data }) };
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
        {shell === 'serve' && settings.notifications && <BrowserPermission />}
      </div>
      <div className="rule">
        <div className="grow">
          <div className="name">{t('alerts.quiet')}</div>
          <div className="dim small">{t('alerts.quietAbout')}</div>
        </div>
        <NumberField
          label={t('alerts.within')}
          rule={t('alerts.quiet')}
          unit="min"
          disabled={false}
          saved={String(settings.quietMinutes)}
          parse={parseMinutes}
        />
      </div>
    </>
  );
}

/** Browsers ask for the permission only after a click. */
function BrowserPermission() {
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
