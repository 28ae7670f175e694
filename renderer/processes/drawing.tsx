import { UnstyledButton } from '@mantine/core';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Program } from './process-rows.ts';
import type { Columns } from './table.tsx';

/** One row for all that only draw; pressed, they follow one by one. */
export function Drawing(props: { programs: Program[]; columns: Columns; opened: boolean; onToggle(): void }) {
  const { programs, columns, opened, onToggle } = props;
  const { t } = useTranslation();
  const Chevron = opened ? IconChevronDown : IconChevronRight;
  return (
    <tr>
      <td colSpan={6 + Number(columns.gpu) + Number(columns.kind)}>
        <UnstyledButton className="opener" fz="sm" aria-expanded={opened} onClick={onToggle}>
          <Chevron size={14} aria-hidden />
          {t('processes.drawing', { count: programs.length })}
        </UnstyledButton>
      </td>
    </tr>
  );
}
