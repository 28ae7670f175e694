import { UnstyledButton } from '@mantine/core';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';

/** The row that expands or collapses the graphics programs. */
export function GraphicsGroup(props: { count: number; columns: number; opened: boolean; onToggle(): void }) {
  const { count, columns, opened, onToggle } = props;
  const { t } = useTranslation();
  const Chevron = opened ? IconChevronDown : IconChevronRight;
  return (
    <tr>
      <td colSpan={columns}>
        <UnstyledButton className="disclosure" fz="sm" aria-expanded={opened} onClick={onToggle}>
          <Chevron size={14} aria-hidden />
          {t('processes.graphics', { count })}
        </UnstyledButton>
      </td>
    </tr>
  );
}
