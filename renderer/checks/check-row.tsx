import { Button } from '@mantine/core';
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleX,
  IconHelpCircle,
  IconLoader,
  type TablerIcon,
} from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Check, CheckFix, CheckState } from '#contract';
import { CopyButton, Lines, useCommand } from '../parts/index.ts';

const icons: Record<CheckState, TablerIcon> = {
  ok: IconCircleCheck,
  warning: IconAlertTriangle,
  failed: IconCircleX,
  unknown: IconHelpCircle,
  running: IconLoader,
};

/** What was looked at, what was found, and the way to mend it. A shape and a word tell the state, not colour alone. */
export function CheckRow({ check: { id, state, sentence, detail, fix } }: { check: Check }) {
  const { t } = useTranslation();
  const Icon = icons[state];
  return (
    <li className={`check ${state}`}>
      <Icon size={18} role="img" aria-label={t(`checks.state.${state}`)} />
      <span className="name">{t(`checks.name.${id}`)}</span>
      <div className="found">
        <div>{sentence || t('checks.state.running')}</div>
        {detail && (
          <details open={state === 'failed'}>
            <summary className="small">{t('checks.details')}</summary>
            <Lines text={detail} />
          </details>
        )}
        {fix && state !== 'ok' && (fix.action === 'copy' ? <ByHand fix={fix} /> : <Fix id={id} fix={fix} />)}
      </div>
    </li>
  );
}

/** What Headroom does not run itself: the exact command, to be taken to a terminal. */
function ByHand({ fix: { label, command } }: { fix: CheckFix }) {
  const { t } = useTranslation();
  return (
    <div className="by-hand">
      <span className="small">{t('checks.byHand', { label })}</span>
      <code>{command}</code>
      <CopyButton label={t('checks.copy')} text={() => command} />
    </div>
  );
}

function Fix({ id, fix }: { id: Check['id']; fix: CheckFix }) {
  const { run, busy, error } = useCommand('checks.fix');
  return (
    <div className="row">
      <Button variant="default" size="compact-xs" loading={busy} onClick={() => run({ id })}>
        {fix.label}
      </Button>
      {error && <span className="error small">{error.message}</span>}
    </div>
  );
}
