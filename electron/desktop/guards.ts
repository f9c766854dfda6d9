import { app, type IpcMainEvent, type IpcMainInvokeEvent, type Session, type WebContents } from 'electron';
import { isOurs } from './addresses.ts';

/** No page asks for a camera, a location, a USB device, a notification: whatever it asks for, the answer is no. */
export function refusePermissions(session: Session): void {
  session.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
  session.on('will-download', (event) => event.preventDefault());
}

/** Every page that ever exists stays where it is, opens nothing and embeds nothing. */
export function keepPagesInPlace(): void {
  app.on('web-contents-created', (_event, contents) => {
    contents.setWindowOpenHandler(() => ({ action: 'deny' }));
    for (const leaving of ['will-frame-navigate', 'will-navigate', 'will-redirect'] as const) {
      contents.on(leaving as 'will-navigate', (event) => event.preventDefault());
    }
    contents.on('will-attach-webview', (event) => event.preventDefault());
  });
}

/** Whether a message comes from our page in the top frame of this window. A frame that is gone (null) is nobody's. */
export function isFromPage(event: Pick<IpcMainEvent | IpcMainInvokeEvent, 'senderFrame'>, page: WebContents | undefined): boolean {
  const frame = event.senderFrame;
  if (frame === null || frame === undefined || page === undefined || page.isDestroyed()) return false;
  return frame === page.mainFrame && isOurs(frame.url);
}
