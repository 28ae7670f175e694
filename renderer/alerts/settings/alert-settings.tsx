import { useTranslation } from 'react-i18next';
import { type AlertKind, type AlertSettings, alertKinds } from '#contract';
import { useSentence } from '../../i18n/index.ts';
import { Card, useCommand } from '../../parts/index.ts';
import { usePanelState } from '../../store.ts';
import { alertFields, fieldText, parseField } from './alert-fields.ts';
import { NotificationSettings } from './notification-settings.tsx';
import { NumberField } from './number-field.tsx';
import { RuleSwitch } from './rule-switch.tsx';

/** The rules that raise alerts. Each change is saved at once, because none needs a restart of the backend. */
export function AlertSettingsForm() {
  const { t } = useTranslation();
  const sentence = useSentence();
  const settings = usePanelState((state) => state.alerts.settings);
  const { run, error } = useCommand('alerts.change');
  const save = (change: Partial<AlertSettings>) => void run({ settings: change });
  return (
    <Card title={t('alerts.rules')}>
      {error && <p className="error">{sentence(error.sentence)}</p>}
      {alertKinds.map((kind) => (
        <Rule key={kind} kind={kind} rule={settings[kind]} onSave={(rule) => save({ [kind]: rule })} />
      ))}
      <h3 className="rules-head">{t('alerts.notifying')}</h3>
      <NotificationSettings settings={settings} onSave={save} />
    </Card>
  );
}

function Rule<K extends AlertKind>(props: { kind: K; rule: AlertSettings[K]; onSave(rule: AlertSettings[K]): void }) {
  const { kind, rule, onSave } = props;
  const { t } = useTranslation();
  return (
    <div className="rule">
      <RuleSwitch
        on={rule.on}
        label={t(`alerts.rule.${kind}.name`)}
        about={t(`alerts.rule.${kind}.about`)}
        onChange={(on) => onSave({ ...rule, on })}
      />
      {alertFields[kind].map((field) => (
        <NumberField
          key={field.name}
          label={t(`alerts.rule.${kind}.${field.name}`)}
          rule={t(`alerts.rule.${kind}.name`)}
          unit={field.unit}
          disabled={!rule.on}
          saved={fieldText(rule, field)}
          parse={(text) => {
            const parsed = parseField(kind, rule, field, text);
            return 'rule' in parsed ? { save: () => onSave(parsed.rule) } : parsed;
          }}
        />
      ))}
    </div>
  );
}
