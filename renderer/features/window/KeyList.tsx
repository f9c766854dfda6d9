import { useOverlays } from '../../stores/overlays.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { allKeys, keyName } from './keys.ts';

/** All keys. */
export function KeyList() {
  const { keys, hide } = useOverlays();
  return (
    <Dialog
      title="Keys"
      open={keys}
      onClose={hide}
      footer={
        <>
          <span className="small third">Inside a terminal: the same with Shift.</span>
          <Button onClick={hide} data-first>
            Close
          </Button>
        </>
      }
    >
      <div className="key-list">
        {allKeys.map(([key, what]) => (
          <div key={key}>
            <span className="second">{what}</span>
            <kbd>{keyName(key)}</kbd>
          </div>
        ))}
      </div>
    </Dialog>
  );
}
