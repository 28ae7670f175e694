import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Incident, type PanelError, type Run, sentenceOrText } from '#contract';
import { useSentence } from '../../i18n/index.ts';
import { bytesText, Card, CopyButton, OutputLines, StackedBar, useCommand } from '../../parts/index.ts';
import { usePanelState } from '../../store.ts';
import { type IncidentView, viewIncident } from './incident-parts.ts';
import './incident.css';
import { ResumeButtons } from '../resume-buttons.tsx';

/** Why a run failed, from the evidence that the backend stored, and the ways to resume it. */
export function IncidentDetails({ run, children }: { run: Run; children?: ReactNode }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const { incident, error } = useIncident(run.req_id);
  const view = incident && viewIncident(incident, run.start_time);
  return (
    <Card title={t('incident.title')}>
      <div className="incident">
        <div className="error">{sentence(sentenceOrText(run.error_sentence, run.error))}</div>
        {error && <div className="dim small">{sentence(error.sentence)}</div>}
        {incident && view && view.bars.length > 0 && <Memory incident={incident} view={view} />}
        <ResumeButtons run={run} ways={incident?.ways_out ?? []} refused={view?.refused ?? false} />
        {incident && <Evidence incident={incident} />}
        {children}
      </div>
    </Card>
  );
}

/** Fetches the incident once the backend is ready. An incident never changes, so one answer is enough. */
function useIncident(reqId: string): { incident: Incident | null; error: PanelError | null } {
  const ready = usePanelState((state) => state.backend.phase === 'ready');
  const [incident, setIncident] = useState<Incident | null>(null);
  const { run: get, error } = useCommand('incidents.get');
  useEffect(() => {
    if (ready && !incident) void get({ req_id: reqId }).then(setIncident);
  }, [ready, incident, reqId, get]);
  return { incident, error: ready ? error : null };
}

function Memory({ incident, view }: { incident: Incident; view: IncidentView }) {
  const { t } = useTranslation();
  const { bars, measured, predicted, peak } = view;
  const tried = incident.details.parsed?.tried;
  const room = bars.every((bar) => bar.room !== null) ? sum(bars.map((bar) => bar.room ?? 0)) : null;
  return (
    <div className="stack tight">
      <div className="row small">
        <span className="grow">{measured ? t('incident.held') : t('incident.needed')}</span>
        <span className="tag">{measured ? t('gpu.measured') : t('plan.predicted')}</span>
      </div>
      {bars.map((bar) => (
        <StackedBar
          key={bar.index}
          {...bar}
          title={bars.length > 1 ? t('plan.gpu', { index: bar.index }) : null}
          labels={measured ? {} : { kept: t('plan.reserve') }}
        />
      ))}
      <table className="measures small">
        <tbody>
          {predicted !== null && <Fact name={t('incident.plan')} bytes={predicted} tag={t('plan.predicted')} />}
          {peak !== null && <Fact name={t('incident.peak')} bytes={peak} tag={t('gpu.measured')} />}
          {tried !== undefined && <Fact name={t('incident.tried')} bytes={tried} tag={t('gpu.measured')} />}
          {room !== null && <Fact name={t(measured ? 'incident.budget' : 'incident.room')} bytes={room} tag={null} />}
        </tbody>
      </table>
      <ProcessList incident={incident} />
    </div>
  );
}

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);

function Fact({ name, bytes, tag }: { name: string; bytes: number; tag: string | null }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td className="number">{bytesText(bytes)}</td>
      <td className="dim">{tag}</td>
    </tr>
  );
}

/** The processes on the GPUs at the failure. */
function ProcessList({ incident }: { incident: Incident }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const { processes, processes_sentence, others } = incident.details;
  if (typeof processes === 'string')
    return <div className="dim small">{sentence(sentenceOrText(processes_sentence, processes))}</div>;
  const othersBytes = others && sum(Object.values(others));
  return (
    <div className="dim small">
      {processes.length === 0 ? t('incident.noProcesses') : t('incident.processes')}
      {processes.map(({ pid, name, used_mib }) => (
        <div key={pid} className="row">
          <span className="grow cut" title={name}>
            {name} <span>({pid})</span>
          </span>
          <span>{used_mib === null ? '–' : `${used_mib} MiB`}</span>
        </div>
      ))}
      {othersBytes !== undefined && processes.length > 0 && (
        <div>{t('incident.others', { size: bytesText(othersBytes) })}</div>
      )}
    </div>
  );
}

function Evidence({ incident }: { incident: Incident }) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState(false);
  const text = () => JSON.stringify(incident, null, 2);
  return (
    <div>
      <div className="row">
        <details className="grow" onToggle={(event) => setOpened(event.currentTarget.open)}>
          <summary className="small">{t('incident.evidence')}</summary>
        </details>
        <CopyButton label={t('incident.copy')} text={text} redact />
      </div>
      {opened && <OutputLines text={text()} />}
    </div>
  );
}
