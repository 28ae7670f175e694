import { Limits } from '../settings/index.ts';

export default function SettingsRoom({ section }: { section: string | undefined }) {
  return (
    <div className="room" data-section={section}>
      <Limits />
    </div>
  );
}
