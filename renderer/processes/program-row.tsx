import { IconCopy } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { CopyButton, duration, now, sizeText } from '../parts/index.ts';
import { usePanelState } from '../store.ts';
import { EndProcess } from './end-process.tsx';
import { commandOf, type Program, programOf } from './process-rows.ts';
import type { Columns } from './table.tsx';

/** A step to the right for each parent above, in pixels. */
const STEP = 16;
/** Deeper ones stand below each other: the name needs the room. */
const DEEPEST = 4;

/** As nvidia-smi writes it. */
const kinds = { compute: 'C', graphics: 'G', both: 'C+G' } as const;

export function ProgramRow({ program, depth, columns }: { program: Program; depth: number; columns: Columns }) {
  const { t } = useTranslation();
  const devices = usePanelState((state) => state.telemetry.devices);
  const device = (uuid: string) => devices.find((one) => one.uuid === uuid);
  const total = Math.max(...program.on.map(({ gpuUuid }) => device(gpuUuid)?.memoryTotalMiB ?? 0)) || 1024;
  const { pid, kind, user, since, usedMiB } = program;
  const each = program.on.map(({ gpuUuid, usedMiB: held }) => {
    return `GPU ${device(gpuUuid)?.index ?? '–'}: ${held === null ? '–' : sizeText(held, total)}`;
  });
  return (
    <tr>
      <td className="pid">{pid}</td>
      <Name program={program} depth={depth} />
      <td className="user cut" title={user ?? undefined}>
        {user ?? '–'}
      </td>
      {columns.gpu && (
        <td className="gpus">
          {program.on
            .map(({ gpuUuid }) => device(gpuUuid)?.index ?? '–')
            .sort()
            .join(', ')}
        </td>
      )}
      {columns.kind && (
        <td className="kind" title={kind ? t(`processes.kinds.${kind}`) : undefined}>
          {kind ? kinds[kind] : '–'}
        </td>
      )}
      <td className="since">{since === null ? '–' : duration(now() - since)}</td>
      <td className="number memory" title={usedMiB === null ? t('processes.noMemory') : each.join('\n')}>
        {usedMiB === null ? '–' : sizeText(usedMiB, total)}
      </td>
      <td className="action end">
        <EndProcess process={program} total={total} />
      </td>
    </tr>
  );
}

/** What it is, then its command line where that says more; both in full in the tooltip, to be copied. */
function Name({ program, depth }: { program: Program; depth: number }) {
  const { t } = useTranslation();
  const { name, ours, role, container } = program;
  const command = commandOf(program);
  const whole = program.command ?? name;
  return (
    <td>
      <div className="process-name" style={{ paddingLeft: STEP * Math.min(depth, DEEPEST) }}>
        {ours && <span className="tag fits">{t(`processes.role.${role ?? 'ours'}`)}</span>}
        <span className="cut" title={whole}>
          {programOf(name)}
          {command && <span className="dim small command"> {command}</span>}
        </span>
        {container && (
          <span className="tag container" title={`${container.runtime} ${container.id}`}>
            {container.runtime} {container.id.slice(0, 12)}
          </span>
        )}
        <span className="copy">
          <CopyButton
            label={t('processes.copy', { name: programOf(name) })}
            text={() => whole}
            icon={<IconCopy size={14} />}
          />
        </span>
      </div>
    </td>
  );
}
