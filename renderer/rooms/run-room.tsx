import { RunDetails } from '../runs/index.ts';

export default function RunRoom({ id }: { id: string }) {
  return (
    <div className="room">
      <RunDetails id={id} />
    </div>
  );
}
