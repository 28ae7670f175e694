import type { BackendPhase } from '#contract';
import type { Crashes } from '../incidents/index.ts';
import type { Runs } from '../runs/index.ts';
import { type Notices, onPipes } from '../state/index.ts';
import { type BackendReports, isGone, type PhaseChange, type Supervision } from '../supervision/index.ts';
import type { Timeline } from '../watching/index.ts';

/** What follows from a change of the backend's phase: each room that reacts, in the order in which it does. */
export function followPhases(
  supervision: Pick<Supervision, 'onPhase'>,
  rooms: {
    reports: Readonly<BackendReports>;
    runs: Runs;
    adoption: { unwatch(): void; search(): Promise<void> };
    decisions: { update(): void };
    timeline: Timeline;
    notices: Notices;
    crashes: Crashes;
  },
): void {
  const { reports, runs, adoption, decisions, timeline, notices, crashes } = rooms;
  supervision.onPhase(({ backend, evidence }) => {
    const { phase } = backend;
    runsAfter(phase, { reports, runs });
    if (phase === 'starting') adoption.unwatch();
    // A server that was started by hand may be what keeps ours from starting.
    if (isGone(phase)) void adoption.search();
    if (phase === 'starting' || phase === 'ready' || phase === 'stopped') timeline.mark(phase);
    if (phase !== 'ready') decisions.update();
    if (phase === 'ready' && backend.terminal === 'pipe') notices.add(onPipes);
    if (evidence) void recordCrash({ backend, evidence }, crashes, timeline);
  });
}

/** What a person stopped is not lost, also where the next start fails: queued runs wait for a start that succeeds. */
export function runsAfter(
  phase: BackendPhase,
  { reports, runs }: { reports: Readonly<BackendReports>; runs: Runs },
): void {
  const starts = phase === 'starting';
  if (reports.stoppedBy === 'person' && (starts || isGone(phase))) runs.backendStopped();
  else if (isGone(phase)) runs.backendGone();
  // A profile's backend does not run what was queued for our own.
  if (starts && reports.foreign) runs.keptForOwn();
}

/** The report is written first, so that the event on the timeline links to it. */
async function recordCrash({ backend, evidence }: PhaseChange, crashes: Crashes, timeline: Timeline): Promise<void> {
  // A pending question is not a crash.
  if (!backend.reason || !evidence || backend.reason.code === 'not_allowed') return;
  const event = {
    time: Date.now(),
    kind: 'crashed' as const,
    text: backend.reason.sentence.text,
    sentence: backend.reason.sentence,
  };
  const ref = await crashes.record({ reason: backend.reason, ...evidence });
  timeline.add({ ...event, ref });
}
