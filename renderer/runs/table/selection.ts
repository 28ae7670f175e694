import { useCallback, useRef, useState } from 'react';

export interface Selection {
  ids: ReadonlySet<string>;
  /** `range`: everything from the row that was toggled before. */
  toggle(index: number, range: boolean): void;
  clear(): void;
}

/** Selected runs by id, in the order in which they were selected. `idAt`: undefined for a row that is not loaded. */
export function useSelection(idAt: (index: number) => string | undefined): Selection {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const anchor = useRef(0);
  const toggle = (index: number, range: boolean) => {
    const from = range ? anchor.current : index;
    anchor.current = index;
    setIds((before) => toggled(before, from, index, idAt));
  };
  return { ids, toggle, clear: useCallback(() => setIds(new Set()), []) };
}

/** The last row of the range decides whether the range is selected or not. */
export function toggled(
  before: ReadonlySet<string>,
  from: number,
  to: number,
  idAt: (index: number) => string | undefined,
): ReadonlySet<string> {
  const next = new Set(before);
  const last = idAt(to);
  const add = last !== undefined && !before.has(last);
  const step = from <= to ? 1 : -1;
  for (let index = from; ; index += step) {
    const id = idAt(index);
    if (id !== undefined && add) next.add(id);
    if (id !== undefined && !add) next.delete(id);
    if (index === to) return next;
  }
}
