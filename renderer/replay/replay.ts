import i18next from 'i18next';
import { create } from 'zustand';
import { PanelError, type Recording, type TimelineEvent } from '#contract';
import { setClock, toast } from '../parts/index.ts';
import { showSource, usePanel } from '../store.ts';
import { createPlayer, type Player, type PlayerView } from './player.ts';

interface Replay {
  /** The file's. */
  name: string;
  player: Player;
  truncated: boolean;
  /** When the recording was started; before it only figures are known. Unix milliseconds. */
  began: number;
  events: readonly TimelineEvent[];
  view: PlayerView;
  /** Where it stands, and its whole span, in Unix milliseconds. */
  place: { position: number; from: number; to: number };
}

/** Null while the page is live. */
export const useReplayed = create<{ replay: Replay | null }>(() => ({ replay: null }));

/** Where the recording that is shown stands; null while the page is live. history.* cannot be asked then. */
export const useReplay = (): Replay['place'] | null => useReplayed(({ replay }) => replay?.place ?? null);

/** The page asks for these by itself: who only looks is not told that nothing can be changed. */
const ASKS = /\.(list|get|make|window|events|processes|export|read|check)$/;

function refusal(command: string): PanelError {
  const error = new PanelError('refused', i18next.t('replay.refused'));
  if (!ASKS.test(command)) toast(error.message, { color: 'yellow' });
  return error;
}

/** Shows a recording in place of what lives, from its beginning, read-only. */
export function openReplay(name: string, recording: Recording): void {
  useReplayed.getState().replay?.player.close();
  const { from, to } = recording;
  const about = { name, truncated: recording.truncated, began: recording.header.time, events: eventsOf(recording) };
  const placed = (view: PlayerView) => ({ view, place: { position: view.position, from, to } });
  const player = createPlayer(recording, {
    onState: (state) => usePanel.setState({ state }),
    onView(view, jump) {
      const { replay } = useReplayed.getState();
      if (replay?.player === player) useReplayed.setState({ replay: { ...replay, ...placed(view) } });
      if (jump && replay?.player === player) setClock(() => player.view().position);
    },
  });
  useReplayed.setState({ replay: { ...about, player, ...placed(player.view()) } });
  setClock(() => player.view().position);
  showSource({ ...player, refusal });
}

/** Back to what lives. */
export function closeReplay(): void {
  const { replay } = useReplayed.getState();
  if (!replay) return;
  replay.player.close();
  useReplayed.setState({ replay: null });
  setClock(null);
  showSource(null);
}

/** Everything that happened in it, each once, oldest first. */
function eventsOf({ state, from, to }: Recording): TimelineEvent[] {
  const lists = (state.get('events') ?? []).map(({ value }) => value as readonly TimelineEvent[]);
  const found = new Map(lists.flat().map((event) => [`${event.time} ${event.kind} ${event.text}`, event]));
  return [...found.values()].filter(({ time }) => time >= from && time <= to).sort((a, b) => a.time - b.time);
}
