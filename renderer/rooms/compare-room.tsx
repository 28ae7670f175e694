import { Compare } from '../compare/index.ts';

export default function CompareRoom({ ids }: { ids: readonly string[] }) {
  return (
    <div className="room">
      <Compare ids={ids} />
    </div>
  );
}
