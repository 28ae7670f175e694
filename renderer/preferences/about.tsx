import { useTranslation } from 'react-i18next';
import { Card, CopyButton } from '../parts/index.ts';
import { usePanelState } from '../store.ts';
import './preferences.css';

/** What a person is asked for when something goes wrong: versions and places. */
export function About() {
  const { t } = useTranslation();
  const app = usePanelState((state) => state.app);
  const backend = usePanelState((state) => state.backend);
  const facts = [
    ['version', app.version],
    ['platform', `${app.platform} (${app.shell})`],
    ['backend', backend.version],
    ['torch', backend.torch],
    ['cuda', backend.cuda],
    ['data', app.dataFolder],
    ['log', app.logFile],
  ] as const;
  const known = facts.filter(([, value]) => value);
  const text = () => known.map(([name, value]) => `${t(`preferences.about.${name}`)}: ${value}`).join('\n');
  return (
    <Card title={t('sections.name.about')} actions={<CopyButton label={t('checks.copy')} text={text} />}>
      <dl className="facts-list">
        {known.map(([name, value]) => (
          <Fact key={name} name={name} value={value ?? ''} />
        ))}
        <Fact name="license" value={t('preferences.about.licenseText')} />
        <Fact name="docs" value={t('preferences.about.docsText')} />
      </dl>
    </Card>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  const { t } = useTranslation();
  return (
    <>
      <dt>{t(`preferences.about.${name}`)}</dt>
      <dd className="path">{value}</dd>
    </>
  );
}
