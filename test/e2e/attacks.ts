import { readFileSync } from 'node:fs';
import { becomes, type RunningApp } from './harness.ts';

/** Where a page could send what it stole; counts who comes. */
export interface Elsewhere {
  url: string;
  visits: string[];
}

/**
 * One control of the threat model (C1), the attack that it stops, and how it is taken out of the built app: the attack must
 * then get through, or the test of the control would be worth nothing.
 */
export interface Attack {
  control: string;
  /** Texts of the bundle that are replaced to take the control away. */
  without: [file: 'main.cjs' | 'preload.cjs', from: string, to: string][];
  /** Resolves to whether the attack got through. */
  succeeds(running: RunningApp, elsewhere: Elsewhere): Promise<boolean>;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const policy = (without: string, instead: string): Attack['without'][number] => ['main.cjs', without, instead];
/** Runs script as an attacker's would run: from an event, not from the debugger, which the page's policy does not bind. */
const later = (body: string) => `new Promise((done) => setTimeout(async () => { try { done(await (async () => { ${body} })()); } catch { done(false); } }, 0))`;

export const attacks: Attack[] = [
  {
    control: 'the sandbox of the page’s process',
    without: [['main.cjs', 'sandbox: true', 'sandbox: false']],
    async succeeds({ app }) {
      const pid = await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.webContents.getOSProcessId());
      return !/^Seccomp:\s+2$/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
    },
  },
  {
    control: 'no Node in the page',
    without: [
      ['main.cjs', 'sandbox: true', 'sandbox: false'],
      ['main.cjs', 'nodeIntegration: false', 'nodeIntegration: true'],
      ['main.cjs', 'contextIsolation: true', 'contextIsolation: false'],
    ],
    succeeds: ({ page }) => page.evaluate("['require', 'process', 'Buffer', 'module', 'ipcRenderer', 'electron'].some((name) => name in window)"),
  },
  {
    control: 'the content policy: no inline script',
    without: [policy("script-src 'self'", "script-src 'self' 'unsafe-inline'")],
    succeeds: ({ page }) =>
      page.evaluate(
        later("const script = document.createElement('script'); script.textContent = 'window.inlined = true'; document.body.append(script); return window.inlined === true;"),
      ),
  },
  {
    control: 'the content policy: no eval',
    without: [policy("script-src 'self'", "script-src 'self' 'unsafe-eval'")],
    succeeds: ({ page }) => page.evaluate(later("return (0, eval)('1 + 1') === 2;")),
  },
  {
    control: 'the content policy: no connection to anywhere',
    without: [policy("connect-src 'self'", 'connect-src *')],
    async succeeds({ page }, elsewhere) {
      await page.evaluate(later(`await fetch('${elsewhere.url}fetched', { mode: 'no-cors' }); return true;`));
      return elsewhere.visits.includes('/fetched');
    },
  },
  {
    control: 'the content policy: no picture from anywhere',
    without: [policy("img-src 'self' data:", 'img-src * data:')],
    async succeeds({ page }, elsewhere) {
      await page.evaluate(
        later(
          `const image = new Image(); const over = new Promise((ok) => { image.onload = image.onerror = ok; }); image.src = '${elsewhere.url}pictured'; await over; return true;`,
        ),
      );
      return elsewhere.visits.includes('/pictured');
    },
  },
  {
    control: 'the content policy: no foreign frame',
    without: [
      policy("default-src 'none'", "default-src 'none'; frame-src *"),
      ['main.cjs', 'for (const leaving of ["will-frame-navigate", "will-navigate", "will-redirect"])', 'for (const leaving of [])'],
    ],
    async succeeds({ page }, elsewhere) {
      await page.evaluate(later(`const frame = document.createElement('iframe'); frame.src = '${elsewhere.url}framed'; document.body.append(frame); return true;`));
      await pause(400);
      return elsewhere.visits.includes('/framed');
    },
  },
  {
    control: 'files of the page’s own folder only',
    without: [
      ['main.cjs', 'if (!/^(\\/[A-Za-z0-9_-][A-Za-z0-9._-]*)+$/.test(path)) return void 0;', ''],
      ['main.cjs', 'return file.startsWith(folder + node_path.sep) ? file : void 0;', 'return file;'],
    ],
    succeeds: ({ page }) => page.evaluate(later("return (await fetch('app://board/..%2f..%2fpackage.json')).status === 200;")),
  },
  {
    control: 'no way to leave the page',
    without: [['main.cjs', 'for (const leaving of ["will-frame-navigate", "will-navigate", "will-redirect"])', 'for (const leaving of [])']],
    async succeeds({ page }, elsewhere) {
      await page.evaluate(`setTimeout(() => { location.href = '${elsewhere.url}left'; }, 0)`);
      await pause(400);
      return elsewhere.visits.includes('/left');
    },
  },
  {
    control: 'no new windows',
    without: [['main.cjs', 'contents.setWindowOpenHandler(() => ({ action: "deny" }));', '']],
    async succeeds({ page, app }) {
      await page.evaluate(`setTimeout(() => window.open('about:blank'), 0)`);
      await pause(400);
      return (await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)) > 1;
    },
  },
  {
    control: 'no web views',
    without: [
      ['main.cjs', 'webviewTag: false', 'webviewTag: true'],
      ['main.cjs', 'contents.on("will-attach-webview", (event) => event.preventDefault());', ''],
      policy("default-src 'none'", "default-src 'none'; frame-src *; object-src *"),
    ],
    async succeeds({ page, app }) {
      await page.evaluate(`{ const view = document.createElement('webview'); view.src = 'app://board/index.html'; document.body.append(view); }`);
      await pause(600);
      return (await app.evaluate(({ webContents }) => webContents.getAllWebContents().length)) > 1;
    },
  },
  {
    control: 'no permissions',
    without: [
      ['main.cjs', 'session.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));', ''],
      ['main.cjs', 'session.setPermissionCheckHandler(() => false);', ''],
    ],
    succeeds: ({ page }) => page.evaluate("Notification.requestPermission().then((answer) => answer === 'granted')"),
  },
  {
    control: 'no downloads',
    without: [['main.cjs', 'session.on("will-download", (event) => event.preventDefault());', '']],
    async succeeds({ page, app }) {
      await app.evaluate(({ session }) => {
        session.defaultSession.on('will-download', (event, item) => {
          Object.assign(globalThis, { downloading: !event.defaultPrevented });
          item.cancel();
        });
      });
      await page.evaluate(
        later(
          "const link = document.createElement('a'); link.href = URL.createObjectURL(new Blob(['x'])); link.download = 'x.sh'; document.body.append(link); link.click(); return true;",
        ),
      );
      await pause(400);
      return app.evaluate(() => (globalThis as { downloading?: boolean }).downloading === true);
    },
  },
  {
    control: 'ports and handles for our page only, not for another window',
    without: [['main.cjs', 'return frame === page.mainFrame && isOurs(frame.url);', 'return true;']],
    async succeeds({ app }) {
      const waiting = app.waitForEvent('window');
      await app.evaluate(({ BrowserWindow, app: main }) => {
        const other = new BrowserWindow({ show: false, webPreferences: { preload: `${main.getAppPath()}/out/preload.cjs`, sandbox: true } });
        void other.loadURL('app://board/index.html');
      });
      const other = await waiting;
      await other.waitForLoadState('domcontentloaded');
      return other.evaluate(
        "new Promise((done) => { addEventListener('message', (message) => { if (message.data?.board === 'port') done(true); }); board.connect('control'); setTimeout(() => done(false), 500); })",
      );
    },
  },
  {
    control: 'ports and handles for our page only, not for what else the window may come to show',
    without: [['main.cjs', 'return frame === page.mainFrame && isOurs(frame.url);', 'return frame === page.mainFrame;']],
    async succeeds({ app, page }) {
      await app.evaluate(async ({ BrowserWindow }) => {
        const contents = BrowserWindow.getAllWindows()[0]!.webContents;
        // The end of the first page's loading, coming late, would count as the end of this one's without a page (ERR_FAILED).
        if (contents.isLoading()) await new Promise<void>((resolve) => contents.once('did-stop-loading', () => resolve()));
        await contents.loadURL('data:text/html,<title>elsewhere</title>');
      });
      await becomes(page, "document.title === 'elsewhere'");
      return page.evaluate('board.copyText("stolen").then(() => board.folderFromDrop({})).then(() => false)').then(
        async () => (await app.evaluate(({ clipboard }) => clipboard.readText())) === 'stolen',
        () => false,
      );
    },
  },
  {
    control: 'folder handles for folders that the user dropped',
    without: [['preload.cjs', 'return getter === void 0 ? "" : String(getter.call(file));', 'return String(file.path);']],
    succeeds: ({ page }) => page.evaluate("board.folderFromDrop({ path: '/etc' }).then((folder) => folder !== null)"),
  },
  {
    control: 'web addresses only for the user’s browser',
    without: [['main.cjs', 'return (protocol === "http:" || protocol === "https:") && username === "" && password === "";', 'return true;']],
    async succeeds({ app, page }) {
      await app.evaluate(({ shell, BrowserWindow }) => {
        BrowserWindow.getAllWindows()[0]!.isFocused = () => true;
        Object.assign(shell, { openExternal: async (url: string) => void Object.assign(globalThis, { opened: url }) });
      });
      await page.evaluate("board.openExternal('file:///etc/passwd')");
      return app.evaluate(() => 'opened' in globalThis);
    },
  },
  {
    control: 'nothing is shown but what lies in a folder that the user chose',
    without: [['main.cjs', '!isPlainName(name, process.platform)', 'false']],
    async succeeds({ app, page }) {
      await app.evaluate(({ shell, dialog, BrowserWindow }) => {
        BrowserWindow.getAllWindows()[0]!.isFocused = () => true;
        Object.assign(dialog, { showOpenDialog: async () => ({ canceled: false, filePaths: ['/tmp'] }) });
        Object.assign(shell, { showItemInFolder: (path: string) => void Object.assign(globalThis, { shown: path }) });
      });
      await page.evaluate("board.chooseFolder('into').then(({ handle }) => board.showCopied(handle, '../etc/passwd'))");
      return app.evaluate(() => 'shown' in globalThis);
    },
  },
];
