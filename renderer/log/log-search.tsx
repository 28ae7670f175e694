import { TextInput, Tooltip } from '@mantine/core';
import type { KeyboardEvent, RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import type { LogView } from './log-view.ts';

export interface Matches {
  /** Of the selected match, from 0; -1 if none is selected. */
  index: number;
  count: number;
}

/** The search field; it searches upwards first, as the newest output is at the bottom. */
export function LogSearch(props: {
  field: RefObject<HTMLInputElement | null>;
  view: LogView | null;
  matches: Matches;
}) {
  const { field, view, matches } = props;
  const { t } = useTranslation();
  const query = field.current?.value ?? '';
  const count = matches.index < 0 ? `${matches.count}` : `${matches.index + 1}/${matches.count}`;
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === 'Enter') view?.find(event.currentTarget.value, event.shiftKey ? 'newer' : 'older');
    if (event.key !== 'Escape') return;
    event.currentTarget.value = '';
    view?.find('', 'typed');
    view?.focus();
  };
  return (
    <Tooltip withinPortal={false} label={t('log.searchHint')} openDelay={600}>
      <TextInput
        ref={field}
        size="xs"
        w={190}
        aria-label={t('log.search')}
        placeholder={t('log.search')}
        rightSection={query && <output className="dim small">{count}</output>}
        rightSectionWidth={62}
        onChange={(event) => view?.find(event.currentTarget.value, 'typed')}
        onKeyDown={onKeyDown}
      />
    </Tooltip>
  );
}
