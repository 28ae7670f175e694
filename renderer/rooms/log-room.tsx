import { Log } from '../log/index.ts';

export default function LogRoom() {
  return (
    <div className="room">
      <Log />
    </div>
  );
}
