import i18next from 'i18next';
import { create } from 'zustand';
import { PanelError, type Recording, type TimelineEvent, verbatim } from '#contract';
import { setClock, toast } from '../parts/index.ts';
import { showSource, useLive, usePanel } from '../store.ts';
import { createPlayer, type Player, type PlayerView } from './player.ts';

interface Replay {
  /** The name of the file. */
  name: string;
  player: Player;
  truncated: boolean;
  /** When the recording was started, in Unix milliseconds; before it there are only samples. */
  startedAt: number;
  events: readonly TimelineEvent[];
  view: PlayerView;
  /** The position and the whole span, in Unix milliseconds. */
  place: { position: number; from: number; to: number };
}

/** Null while the page is live. */
export const useReplayed = create<{ replay: Replay | null }>(() => ({ replay: null }));

/** Commands that the page sends without a click: their refusal needs no message. */
const QUERIES = /\.(list|get|make|window|events|processes|export|read|check|page|facets|items?|conditions|log)$/;

function refusal(command: string): PanelError {
  const message = i18next.t('replay.refused');
  if (!QUERIES.test(command)) toast(message, { color: 'yellow' });
  return new PanelError('refused', verbatim(message));
}

/** Shows a recording in place of the live state, from its beginning, read-only. */
export function openReplay(name: string, recording: Recording): void {
  useReplayed.getState().replay?.player.close();
  const { from, to } = recording;
  const { truncated, header } = recording;
  const placeOf = (view: PlayerView) => ({ view, place: { position: view.position, from, to } });
  const player = createPlayer(recording, {
    onState: (state) => usePanel.setState({ state }),
    onView(view, jump) {
      const { replay } = useReplayed.getState();
      if (replay?.player === player) useReplayed.setState({ replay: { ...replay, ...placeOf(view) } });
      if (jump && replay?.player === player) setClock(() => player.view().position);
    },
  });
  useReplayed.setState({
    replay: {
      name,
      truncated,
      startedAt: header.time,
      events: eventsOf(recording),
      player,
      ...placeOf(player.view()),
    },
  });
  setClock(() => player.view().position);
  showSource({ ...player, refusal });
}

/** Returns to the live state. */
export function closeReplay(): void {
  const { replay } = useReplayed.getState();
  if (!replay) return;
  replay.player.close();
  useReplayed.setState({ replay: null });
  setClock(null);
  showSource(null);
}

/** When to close is a question about the present: a recording refuses every answer to it, and shows other runs. */
useLive.subscribe(({ state }) => {
  if (state?.closing) closeReplay();
});

/** Every event of a recording once, oldest first. */
function eventsOf({ state, from, to }: Recording): TimelineEvent[] {
  const lists = (state.get('events') ?? []).map(({ value }) => value as readonly TimelineEvent[]);
  const found = new Map(lists.flat().map((event) => [`${event.time} ${event.kind} ${event.text}`, event]));
  return [...found.values()].filter(({ time }) => time >= from && time <= to).sort((a, b) => a.time - b.time);
}
