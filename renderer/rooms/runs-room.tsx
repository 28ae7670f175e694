import { QueueStrip } from '../queue/index.ts';
import { Runs } from '../runs/index.ts';

export default function RunsRoom() {
  return (
    <div className="room">
      <QueueStrip />
      <Runs />
    </div>
  );
}
