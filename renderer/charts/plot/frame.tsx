import { memo, useEffect } from 'react';
import { ComposedChart, Line, ResponsiveContainer, usePlotArea, XAxis, YAxis } from 'recharts';
import type { Area } from '../events/clusters.ts';
import { axisText, gridValues, type Unit } from './figures.ts';

interface FrameProps {
  /** The scale's end; it starts at 0. */
  top: number;
  unit: Unit;
  small: boolean;
  onArea(area: Area): void;
}

const parts = { small: 2, large: 4 };

/**
 * The axis and its grid, and nothing that lives: recharts draws whole or not at all, so it is asked only when the scale or
 * the size changes. What moves is drawn above it, through refs.
 */
export const Frame = memo(function Frame({ top, unit, small, onArea }: FrameProps) {
  const values = gridValues(top, unit, parts[small ? 'small' : 'large']);
  // Without data recharts draws no axes: an unseen line from corner to corner.
  const corners = [
    { at: 0, value: 0 },
    { at: 1, value: top },
  ];
  return (
    <ResponsiveContainer width="100%" height="100%">
      <ComposedChart
        data={corners}
        margin={{ top: small ? 6 : 16, right: 8, bottom: 0, left: 0 }}
        accessibilityLayer={false}
      >
        <XAxis dataKey="at" type="number" domain={[0, 1]} tick={false} height={18} tickSize={0} stroke="var(--line)" />
        <YAxis
          type="number"
          domain={[0, top]}
          ticks={values}
          tickFormatter={(value: number) => axisText(value, unit, top)}
          stroke="var(--line)"
          width={40}
        />
        <Line dataKey="value" stroke="none" dot={false} activeDot={false} isAnimationActive={false} />
        <Grid shares={values.map((value) => value / top)} onArea={onArea} />
      </ComposedChart>
    </ResponsiveContainer>
  );
});

function Grid({ shares, onArea }: Pick<FrameProps, 'onArea'> & { shares: number[] }) {
  const area = usePlotArea();
  const { x = 0, y = 0, width = 0, height = 0 } = area ?? {};
  useEffect(() => {
    if (width > 0) onArea({ x, y, width, height });
  }, [x, y, width, height, onArea]);
  return shares.slice(1).map((share) => {
    const at = y + height * (1 - share);
    return <line key={share} x1={x} x2={x + width} y1={at} y2={at} stroke="var(--line)" strokeOpacity={0.6} />;
  });
}
