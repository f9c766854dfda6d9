import { Menu, type MenuItemConstructorOptions } from 'electron';

/**
 * On a Mac the menu bar, with the keys people expect of it. Elsewhere none: it would take 25 px of the window, and every
 * act is in the palette. Copy, paste and undo work there without a menu.
 */
export function setMenu(platform: NodeJS.Platform, command: (name: string) => void): void {
  if (platform !== 'darwin') {
    Menu.setApplicationMenu(null);
    return;
  }
  const item = (label: string, name: string, accelerator?: string): MenuItemConstructorOptions => ({
    label,
    ...(accelerator !== undefined && { accelerator }),
    click: () => command(name),
  });
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([
      {
        role: 'appMenu',
        submenu: [
          { role: 'about' },
          { type: 'separator' },
          item('Settings…', 'settings', 'Cmd+,'),
          { type: 'separator' },
          { role: 'hide' },
          { role: 'hideOthers' },
          { role: 'unhide' },
          { type: 'separator' },
          { role: 'quit' },
        ],
      },
      { label: 'File', submenu: [item('Add a server…', 'hosts.add'), item('Deploy a folder…', 'deployments.start'), { type: 'separator' }, { role: 'close' }] },
      { role: 'editMenu' },
      { label: 'View', submenu: [item('Command palette…', 'palette', 'Cmd+K'), { type: 'separator' }, { role: 'togglefullscreen' }] },
      { role: 'windowMenu' },
    ]),
  );
}
