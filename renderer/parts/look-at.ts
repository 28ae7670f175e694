import { create } from 'zustand';

/** Where an event's details are: the page brings them into view. Each wish is an object of its own. */
export interface Wish {
  kind: 'run' | 'crash' | 'alert';
  ref: string;
}

interface LookAt {
  wish: Wish | null;
  look(kind: Wish['kind'], ref: string): void;
  forget(): void;
}

export const useLookAt = create<LookAt>((set) => ({
  wish: null,
  look: (kind, ref) => set({ wish: { kind, ref } }),
  forget: () => set({ wish: null }),
}));

/** The wish where it is of this kind. */
export const useWish = (kind: Wish['kind']) => useLookAt(({ wish }) => (wish?.kind === kind ? wish : null));
