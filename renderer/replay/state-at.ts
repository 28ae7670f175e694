import type { PanelState, Recording } from '#contract';
import { countUpTo } from './search.ts';

/**
 * Sends the state at a moment: the last recorded value of each key. An unchanged key keeps its object, and an unchanged
 * state is not sent again.
 */
export function createStateAt({ state, header }: Recording, onState: (state: PanelState) => void) {
  const places = new Map<string, number>();
  let revision = 0;
  let earlyEvents: PanelState['events'] | null = null;
  return (moment: number) => {
    let changed = false;
    for (const [key, values] of state) {
      const place = Math.max(0, countUpTo(values, moment, ({ at }) => at) - 1);
      changed ||= places.get(key) !== place;
      places.set(key, place);
    }
    const isEarly = moment < header.time;
    if (!changed && !isEarly && earlyEvents === null) return;
    const entries = [...state].map(([key, values]) => [key, values[places.get(key) ?? 0]?.value]);
    const recorded = Object.fromEntries(entries) as PanelState;
    // Before its start a recording has samples but no state: the first state stands in, without its later events.
    earlyEvents = isEarly ? recorded.events.filter(({ time }) => time <= moment) : null;
    revision += 1;
    onState({ ...recorded, revision, events: earlyEvents ?? recorded.events });
  };
}
