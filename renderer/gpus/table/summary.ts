import type { TFunction } from 'i18next';
import { budgetMiB, type GpuDevice, type Limit, limitText } from '#contract';
import { sizeText } from '../../parts/index.ts';

/** The vendor is the same for all. */
export const shortName = (name: string) => name.replace(/^NVIDIA (GeForce )?/, '');

/** "8 × H100 80GB · limit 0.80 = 63.6 GiB each": the GPUs by name, and the budget, a range where they differ. */
export function summaryOf(devices: readonly GpuDevice[], limit: Limit, t: TFunction): string {
  const counts = new Map<string, number>();
  for (const { name } of devices) counts.set(shortName(name), (counts.get(shortName(name)) ?? 0) + 1);
  const names = [...counts].map(([name, count]) => `${count} × ${name}`).join(', ');
  const budgets = devices.flatMap(({ memoryTotalMiB: total }) => {
    const budget = total === null ? null : budgetMiB(limit, total);
    return budget === null ? [] : [budget];
  });
  if (budgets.length === 0) return `${names} · ${t('gpu.table.noLimit')}`;
  const [least, most] = [Math.min(...budgets), Math.max(...budgets)].map((mib) => sizeText(mib, Math.max(...budgets)));
  const budget = least === most ? most : `${least?.split(' ')[0]}–${most}`;
  return `${names} · ${t('gpu.table.limit', { limit: limitText(limit), budget })}`;
}
