import { useTranslation } from 'react-i18next';
import { bytesText } from '../units.ts';
import type { PlanPart } from './plan-parts.ts';
import './bar.css';

/** One GPU's memory by part, with a legend; the line marks `room`, the bytes it may reach. `labels` override part names. */
export function StackedBar(props: {
  parts: PlanPart[];
  scale: number;
  room: number | null;
  title: string | null;
  labels?: Partial<Record<PlanPart['name'], string>>;
}) {
  const { parts, scale, room, title, labels = {} } = props;
  const { t } = useTranslation();
  const percent = (bytes: number) => `${(100 * bytes) / scale}%`;
  const offset = (i: number) => parts.slice(0, i).reduce((sum, part) => sum + part.bytes, 0);
  return (
    <div>
      {title && <div className="dim small">{title}</div>}
      <div className="bar slim">
        {parts.map(({ name, bytes }, i) => (
          <span
            key={name}
            className={name === 'kept' ? 'part kept' : 'part'}
            style={{ ...colour(name), left: percent(offset(i)), width: percent(bytes) }}
          />
        ))}
        {room !== null && <span className="mark" style={{ left: percent(room) }} />}
      </div>
      <div className="legend">
        {parts.map(({ name, bytes }) => (
          <span key={name}>
            <i className={name === 'kept' ? 'kept' : ''} style={colour(name)} />
            <span className="dim">{labels[name] ?? t(`gpu.parts.${name}`)}</span> {bytesText(bytes)}
          </span>
        ))}
      </div>
    </div>
  );
}

const colour = (name: string) => (name === 'kept' ? {} : { background: `var(--${name})` });
