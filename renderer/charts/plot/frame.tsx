import { memo, useEffect } from 'react';
import { ComposedChart, Line, ResponsiveContainer, usePlotArea, XAxis, YAxis } from 'recharts';
import type { Area } from '../area.ts';
import { axisText, gridValues, type Unit } from './value-axis.ts';

interface FrameProps {
  /** The end of the scale, which starts at 0. */
  top: number;
  unit: Unit;
  small: boolean;
  onArea(area: Area): void;
}

const gridParts = { small: 2, large: 4 };

/**
 * The static axis and grid. recharts redraws everything at once, so it renders only when the scale or the size changes;
 * the data is drawn on top through refs.
 */
export const Frame = memo(function Frame({ top, unit, small, onArea }: FrameProps) {
  const values = gridValues(top, unit, gridParts[small ? 'small' : 'large']);
  // recharts draws axes only with data: an invisible diagonal.
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
