import { ActionIcon, Button, SegmentedControl } from '@mantine/core';
import { IconPlayerPauseFilled, IconPlayerPlayFilled } from '@tabler/icons-react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import type { TimelineEvent } from '#contract';
import { useEventText, useTimeFormat } from '../parts/index.ts';
import { type Speed, speeds } from './player.ts';
import { closeReplay, useReplayed } from './replay.ts';
import { clockText } from './texts.ts';
import './replay.css';

/** The controls of the recording that is shown. */
export function ReplayBar() {
  const { t } = useTranslation();
  const format = useTimeFormat();
  const replay = useReplayed((shown) => shown.replay);
  if (!replay) return null;
  const { name, player, truncated, view, place } = replay;
  const Icon = view.playing ? IconPlayerPauseFilled : IconPlayerPlayFilled;
  const toggle = view.playing ? player.pause : player.play;
  return (
    <section className="replay" aria-label={t('replay.label')}>
      <SpaceKey onToggle={toggle} />
      <ActionIcon
        variant="filled"
        size="lg"
        aria-label={t(view.playing ? 'replay.pause' : 'replay.play')}
        onClick={toggle}
      >
        <Icon size={17} />
      </ActionIcon>
      <div className="replay-time">
        <strong>{format.clock(place.position)}</strong>
        <span className="dim small">
          {clockText(place.position - place.from)} / {clockText(place.to - place.from)}
        </span>
      </div>
      <Scrubber />
      <SegmentedControl
        size="xs"
        aria-label={t('replay.speed')}
        data={speeds.map((speed) => ({ value: String(speed), label: `${speed}×` }))}
        value={String(view.speed)}
        onChange={(speed) => player.setSpeed(Number(speed) as Speed)}
      />
      <div className="replay-file">
        <span className="cut" title={name}>
          {name}
        </span>
        <span className="dim small cut">
          {format.day(place.from)}
          {truncated && <span className="warning"> · {t('replay.truncated')}</span>}
        </span>
      </div>
      <Button size="xs" variant="default" flex="none" onClick={closeReplay}>
        {t('replay.close')}
      </Button>
    </section>
  );
}

/** Space plays and pauses, unless the focused element uses the key itself. */
function SpaceKey({ onToggle }: { onToggle(): void }) {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (event.key !== ' ' || target.closest('button, input:not([type="range"]), textarea, select, summary, [role]'))
        return;
      event.preventDefault();
      onToggle();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [onToggle]);
  return null;
}

function Scrubber() {
  const { t } = useTranslation();
  const format = useTimeFormat();
  const textOf = useEventText();
  const titleOf = (event: TimelineEvent) =>
    [t(`charts.event.${event.kind}`), textOf(event)].filter((part) => part !== '').join(': ');
  const replay = useReplayed((shown) => shown.replay);
  if (!replay) return null;
  const { player, events, startedAt, place } = replay;
  const { position, from, to } = place;
  const percent = (time: number) => `${(100 * (time - from)) / Math.max(1, to - from)}%`;
  return (
    <div className="scrubber">
      <div className="scrubber-line" aria-hidden>
        <div className="scrubber-before" style={{ width: percent(startedAt) }} title={t('replay.before')} />
        <div className="scrubber-done" style={{ width: percent(position) }} />
        {events.map((event) => (
          <i
            key={`${event.time} ${event.kind} ${event.text}`}
            className={`scrubber-event ${toneOf(event.kind)}`}
            style={{ left: percent(event.time) }}
            title={`${format.clock(event.time)} ${titleOf(event)}`}
          />
        ))}
      </div>
      <input
        type="range"
        min={from}
        max={to}
        step="any"
        value={position}
        aria-label={t('replay.position')}
        aria-valuetext={format.clock(position)}
        onChange={(event) => player.seek(Number(event.currentTarget.value))}
        onKeyDown={(event) => {
          const step = keySteps[event.key];
          if (step === undefined) return;
          // step="any" leaves the size of a key's step to the browser.
          event.preventDefault();
          player.seek(position + step * (event.shiftKey ? 10 : 1));
        }}
      />
    </div>
  );
}

const keySteps: Record<string, number> = {
  ArrowLeft: -1_000,
  ArrowDown: -1_000,
  ArrowRight: 1_000,
  ArrowUp: 1_000,
  PageDown: -60_000,
  PageUp: 60_000,
};

const failures = new Set<TimelineEvent['kind']>(['crashed', 'out_of_memory', 'xid', 'telemetry_lost']);
const toneOf = (kind: TimelineEvent['kind']) => (failures.has(kind) ? 'failure' : kind === 'alert' ? 'alert' : '');
