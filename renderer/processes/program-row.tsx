import { IconCopy } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { CopyButton, duration, now, sizeText } from '../parts/index.ts';
import { usePanelState } from '../store.ts';
import type { Columns } from './columns.ts';
import { EndProcess } from './end-process.tsx';
import type { Program } from './process-rows.ts';
import { commandDetail, programName } from './program-name.ts';

const INDENT_PX = 16;
/** Deeper levels are not indented further, to leave room for the name. */
const MAX_INDENTS = 4;

/** As nvidia-smi writes the type. */
const kinds = { compute: 'C', graphics: 'G', both: 'C+G' } as const;

/** One program of the process list. */
export function ProgramRow({ program, depth, columns }: { program: Program; depth: number; columns: Columns }) {
  const { t } = useTranslation();
  const devices = usePanelState((state) => state.telemetry.devices);
  const device = (uuid: string) => devices.find((entry) => entry.uuid === uuid);
  const total = Math.max(...program.on.map(({ gpuUuid }) => device(gpuUuid)?.memoryTotalMiB ?? 0)) || 1024;
  const { pid, kind, user, since, usedMiB } = program;
  const each = program.on.map(({ gpuUuid, usedMiB: held }) => {
    return `GPU ${device(gpuUuid)?.index ?? '–'}: ${held === null ? '–' : sizeText(held, total)}`;
  });
  return (
    <tr>
      <td className="pid">{pid || '–'}</td>
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

/** The program, then what its command line adds; the tooltip has the full command line. */
function Name({ program, depth }: { program: Program; depth: number }) {
  const { t } = useTranslation();
  const { name, ours, role, container } = program;
  const detail = commandDetail(program);
  const commandLine = program.command ?? name;
  return (
    <td>
      <div className="process-name" style={{ paddingLeft: INDENT_PX * Math.min(depth, MAX_INDENTS) }}>
        {ours && <span className="tag fits">{t(`processes.role.${role ?? 'ours'}`)}</span>}
        <span className="cut" title={commandLine}>
          {programName(name)}
          {detail && <span className="dim small command"> {detail}</span>}
        </span>
        {container && (
          <span className="tag container" title={`${container.runtime} ${container.id}`}>
            {container.runtime} {container.id.slice(0, 12)}
          </span>
        )}
        <span className="copy">
          <CopyButton
            label={t('processes.copy', { name: programName(name) })}
            text={() => commandLine}
            icon={<IconCopy size={14} />}
          />
        </span>
      </div>
    </td>
  );
}
