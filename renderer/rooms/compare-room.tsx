import { RunPage } from '../run-page/index.ts';

export default function CompareRoom({ ids }: { ids: readonly string[] }) {
  return (
    <div className="room">
      {ids.map((id) => (
        <RunPage key={id} id={id} />
      ))}
    </div>
  );
}
