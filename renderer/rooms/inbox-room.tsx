import { ActiveAlerts } from '../alerts/index.ts';

export default function InboxRoom() {
  return (
    <div className="room">
      <ActiveAlerts />
    </div>
  );
}
