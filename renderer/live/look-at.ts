import { create } from 'zustand';

/** Where an event's details are: the page brings them into view. `turn` tells a second wish for the same from the first. */
export interface Wish {
  kind: 'run' | 'crash' | 'alert';
  ref: string;
  turn: number;
}

interface LookAt {
  wish: Wish | null;
  look(kind: Wish['kind'], ref: string): void;
}

export const useLookAt = create<LookAt>((set) => ({
  wish: null,
  look: (kind, ref) => set((old) => ({ wish: { kind, ref, turn: (old.wish?.turn ?? 0) + 1 } })),
}));

/** The wish where it is of this kind. */
export const useWish = (kind: Wish['kind']) => useLookAt(({ wish }) => (wish?.kind === kind ? wish : null));
