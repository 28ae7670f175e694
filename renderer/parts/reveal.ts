import { create } from 'zustand';
import './reveal.css';

/** A crash report or alert that the page should scroll to and open. Each request is an object of its own. */
export interface RevealTarget {
  kind: 'crash' | 'alert';
  ref: string;
}

interface Reveal {
  target: RevealTarget | null;
  show(kind: RevealTarget['kind'], ref: string): void;
  clear(): void;
}

export const useReveal = create<Reveal>((set) => ({
  target: null,
  show: (kind, ref) => set({ target: { kind, ref } }),
  clear: () => set({ target: null }),
}));

/** The requested target if it is of this kind. */
export const useRevealTarget = (kind: RevealTarget['kind']) =>
  useReveal(({ target }) => (target?.kind === kind ? target : null));
