import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Run, Incident as Told } from '#contract';
import { bytesText, CopyButton, Lines, StackedBar, useCommand } from '../../parts/index.ts';
import { usePanelState } from '../../store.ts';
import { type IncidentView, viewIncident } from './incident-parts.ts';
import './incident.css';
import { ResumeButtons } from '../resume-buttons.tsx';

/** Why a run failed, from the evidence that the backend kept, and the ways on from there. */
export function Incident({ run }: { run: Run }) {
  const { t } = useTranslation();
  const { told, error } = useIncident(run.req_id);
  const view = told && viewIncident(told, run.start_time);
  return (
    <section className="incident" aria-label={t('incident.title')}>
      <div className="error small">{run.error}</div>
      {error && <div className="dim small">{error}</div>}
      {told && view && view.bars.length > 0 && <Memory told={told} view={view} />}
      <ResumeButtons run={run} ways={told?.ways_out ?? []} />
      {told && <Evidence told={told} />}
    </section>
  );
}

/** Asked for once, and again when the backend is back: what happened does not change. */
function useIncident(reqId: string): { told: Told | null; error: string | null } {
  const ready = usePanelState((state) => state.backend.phase === 'ready');
  const [told, setTold] = useState<Told | null>(null);
  const { run: get, error } = useCommand('incidents.get');
  useEffect(() => {
    if (ready && !told) void get({ req_id: reqId }).then(setTold);
  }, [ready, told, reqId, get]);
  return { told, error: ready ? (error?.message ?? null) : null };
}

function Memory({ told, view }: { told: Told; view: IncidentView }) {
  const { t } = useTranslation();
  const { bars, measured, predicted, peak } = view;
  const tried = told.details.parsed?.tried;
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
          words={measured ? {} : { working: t('plan.activations'), kept: t('plan.reserve') }}
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
      <Holders told={told} />
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

/** Who was on the GPUs. A name is whatever its owner chose: shown as text, never trusted. */
function Holders({ told }: { told: Told }) {
  const { t } = useTranslation();
  const { processes, others } = told.details;
  if (typeof processes === 'string') return <div className="dim small">{processes}</div>;
  const foreign = others && sum(Object.values(others));
  return (
    <div className="dim small">
      {processes.length === 0 ? t('incident.nobody') : t('incident.on')}
      {processes.map(({ pid, name, used_mib }) => (
        <div key={pid} className="row">
          <span className="grow cut" title={name}>
            {name} <span>({pid})</span>
          </span>
          <span>{used_mib === null ? '–' : `${used_mib} MiB`}</span>
        </div>
      ))}
      {foreign !== undefined && processes.length > 0 && <div>{t('incident.others', { size: bytesText(foreign) })}</div>}
    </div>
  );
}

function Evidence({ told }: { told: Told }) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState(false);
  const text = () => JSON.stringify(told, null, 2);
  return (
    <div>
      <div className="row">
        <details className="grow" onToggle={(event) => setOpened(event.currentTarget.open)}>
          <summary className="small">{t('incident.evidence')}</summary>
        </details>
        <CopyButton label={t('incident.copy')} text={text} />
      </div>
      {opened && <Lines text={text()} />}
    </div>
  );
}
