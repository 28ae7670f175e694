import { RunPage } from '../run-page/index.ts';

export default function RunRoom({ id }: { id: string }) {
  return (
    <div className="room">
      <RunPage id={id} />
    </div>
  );
}
