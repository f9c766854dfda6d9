import { type Shot, shop } from './shot.ts';

export const shots: Shot[] = [
  { name: 'h-terminal', path: `${shop}/terminal`, act: async (page) => page.locator('.xterm-rows').getByText('search.sqlite').waitFor() },
  {
    name: 'h-terminal-split',
    path: `${shop}/terminal`,
    act: async (page) => {
      await page.locator('.xterm-rows').getByText('search.sqlite').waitFor();
      await page.keyboard.press('Control+Shift+Backslash');
      await page.locator('.pane').nth(1).getByText('search.sqlite').waitFor();
      await page.keyboard.press('Control+Shift+Backslash');
      await page.locator('.pane').nth(2).getByText('search.sqlite').waitFor();
      await page.keyboard.press('Control+Shift+ArrowLeft');
      await page.keyboard.press('Control+Shift+f');
      await page.getByLabel('Search for').fill('orders');
      await page.getByText(' of 2').waitFor();
    },
  },
  {
    name: 'h-terminal-prompts',
    scene: 'prompts',
    path: `${shop}/terminal`,
    act: async (page) => page.locator('.prompt-mark.wrong').waitFor(),
  },
  {
    name: 'h-terminal-paste',
    path: `${shop}/terminal`,
    act: async (page) => {
      await page.locator('.xterm-rows').getByText('search.sqlite').waitFor();
      await page.keyboard.press('Control+Shift+v');
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'h-terminal-snippets',
    path: `${shop}/terminal`,
    act: async (page) => {
      await page.locator('.xterm-rows').getByText('search.sqlite').waitFor();
      await page.keyboard.press('Control+Shift+s');
      await page.getByRole('option', { name: 'Reload nginx' }).hover();
    },
  },
  {
    name: 'h-terminal-recorded',
    path: `${shop}/terminal`,
    act: async (page) => {
      await page.locator('.xterm-rows').getByText('search.sqlite').waitFor();
      await page.getByRole('button', { name: 'Record in a file' }).click();
      await page.getByRole('button', { name: 'Stop recording' }).click();
      await page.getByRole('button', { name: 'Record in a file' }).click();
      await page.getByRole('img', { name: 'recorded' }).waitFor();
    },
  },
  {
    name: 'h-terminal-snippet-new',
    path: `${shop}/terminal`,
    act: async (page) => {
      await page.locator('.xterm-rows').getByText('search.sqlite').waitFor();
      await page.keyboard.press('Control+Shift+s');
      await page.getByRole('button', { name: 'New snippet' }).click();
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('The text is empty').waitFor();
    },
  },
];
