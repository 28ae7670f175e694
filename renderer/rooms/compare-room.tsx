import { RunDetails } from '../runs/index.ts';

export default function CompareRoom({ ids }: { ids: readonly string[] }) {
  return (
    <div className="room">
      {ids.map((id) => (
        <RunDetails key={id} id={id} />
      ))}
    </div>
  );
}
