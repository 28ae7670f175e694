import { Button, Menu } from '@mantine/core';
import { IconCheck, IconColumns } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { columns } from './columns.tsx';
import type { ColumnChoice } from './use-columns.ts';

export function ColumnMenu({ choice }: { choice: ColumnChoice }) {
  const { t } = useTranslation();
  return (
    <Menu position="bottom-end" closeOnItemClick={false} withinPortal={false}>
      <Menu.Target>
        <Button variant="default" size="xs" leftSection={<IconColumns size={14} aria-hidden />}>
          {t('runs.table.columns')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {columns.map((column) => (
          <Menu.Item
            key={column.name}
            role="menuitemcheckbox"
            aria-checked={choice.isShown(column)}
            leftSection={choice.isShown(column) ? <IconCheck size={14} aria-hidden /> : <span style={{ width: 14 }} />}
            onClick={() => choice.toggle(column)}
          >
            {t(`runs.table.column.${column.name}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
