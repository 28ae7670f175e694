import { Runs } from '../runs/index.ts';

export default function RunsRoom() {
  return (
    <div className="room">
      <Runs />
    </div>
  );
}
