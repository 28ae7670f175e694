import { Button, Chip, Indicator, MultiSelect, Popover, TextInput } from '@mantine/core';
import { IconFilter, IconSearch } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RunFacets } from '#contract';
import { isFiltered, type ListName, lists, type RunsPlace } from './runs-place.ts';

const nothing: Pick<RunsPlace, ListName | 'search' | 'week'> = {
  ...{ search: '', models: [], datasets: [], states: [], tags: [], dtypes: [], limits: [], week: false },
};

interface FilterBarProps {
  place: RunsPlace;
  facets: RunFacets | null;
  onChange(change: Partial<RunsPlace>): void;
}

export function FilterBar({ place, facets, onChange }: FilterBarProps) {
  const { t } = useTranslation();
  const chosen = lists.reduce((sum, name) => sum + place[name].length, 0);
  const isFailed = place.states.length === 1 && place.states[0] === 'failed';
  return (
    <>
      <Search value={place.search} onChange={(search) => onChange({ search })} />
      <Chip size="xs" variant="light" checked={place.week} onChange={(week) => onChange({ week })}>
        {t('runs.table.week')}
      </Chip>
      <Chip size="xs" variant="light" checked={isFailed} onChange={(on) => onChange({ states: on ? ['failed'] : [] })}>
        {t('runs.table.failed')}
      </Chip>
      <Popover position="bottom-start" width={320} trapFocus withinPortal={false}>
        <Indicator label={chosen} size={14} disabled={chosen === 0} color="blue.8">
          <Popover.Target>
            <Button variant="default" size="xs" leftSection={<IconFilter size={14} aria-hidden />}>
              {t('runs.table.filters')}
            </Button>
          </Popover.Target>
        </Indicator>
        <Popover.Dropdown className="stack" aria-label={t('runs.table.filters')}>
          {lists.map((name) => (
            <MultiSelect
              key={name}
              size="xs"
              label={t(`runs.table.facet.${name}`)}
              searchable
              clearable
              comboboxProps={{ withinPortal: false }}
              data={options(name, place, facets, t)}
              value={place[name]}
              onChange={(values) => onChange({ [name]: values } as Partial<RunsPlace>)}
            />
          ))}
        </Popover.Dropdown>
      </Popover>
      {isFiltered(place) && (
        <Button variant="subtle" color="gray" size="xs" onClick={() => onChange(nothing)}>
          {t('runs.table.clear')}
        </Button>
      )}
    </>
  );
}

/** What is chosen stays in the list although no run has it any more. */
function options(name: ListName, place: RunsPlace, facets: RunFacets | null, t: (key: string) => string) {
  const found = facets?.[name] ?? [];
  const missing = place[name].filter((value) => !found.some((facet) => facet.value === value));
  const label = (value: string) => {
    if (name === 'states') return t(`runs.status.${value}`);
    if (name === 'limits' && value === '0') return t('runs.table.noLimit');
    return name === 'models' ? (value.split(/[\\/]/).at(-1) ?? value) : value;
  };
  return [
    ...found.map(({ value, count }) => ({ value, label: `${label(value)} (${count})` })),
    ...missing.map((value) => ({ value, label: label(value) })),
  ];
}

/** Asks with each letter: the backend answers in milliseconds, and only the newest answer is shown. */
function Search({ value, onChange }: { value: string; onChange(value: string): void }) {
  const { t } = useTranslation();
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  return (
    <TextInput
      size="xs"
      w={230}
      type="search"
      aria-label={t('runs.table.search')}
      placeholder={t('runs.table.search')}
      leftSection={<IconSearch size={14} aria-hidden />}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        onChange(event.currentTarget.value);
      }}
    />
  );
}
