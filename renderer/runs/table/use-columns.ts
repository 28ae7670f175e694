import { useViewportSize } from '@mantine/hooks';
import { usePlace } from '../../routes/index.ts';
import { type Column, columns } from './columns.tsx';

export interface ColumnChoice {
  shown: readonly Column[];
  isShown(column: Column): boolean;
  toggle(column: Column): void;
}

/** The columns for the width of the window, changed by what the person shows or hides; that is kept in the address. */
export function useColumns(): ColumnChoice {
  const { width } = useViewportSize();
  const [text, setText] = usePlace('columns');
  // Names that differ from what the width would show.
  const changed = new Set((text ?? '').split(',').filter(Boolean));
  const isShown = ({ name, from }: Column) => width >= from !== changed.has(name);
  const toggle = ({ name }: Column) => {
    if (!changed.delete(name)) changed.add(name);
    setText(changed.size === 0 ? null : [...changed].join(','));
  };
  return { shown: columns.filter(isShown), isShown, toggle };
}
