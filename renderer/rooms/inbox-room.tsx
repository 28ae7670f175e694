import { Inbox } from '../inbox/index.ts';

export default function InboxRoom({ target }: { target: string | undefined }) {
  return (
    <div className="room">
      <Inbox target={target ?? null} />
    </div>
  );
}
