import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** The window's page: built into out/renderer and served from there under app://board/ with a CSP that forbids inlined files. */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  cacheDir: '../node_modules/.cache/vite-renderer',
  plugins: [react()],
  build: {
    outDir: '../out/renderer',
    emptyOutDir: true,
    target: 'chrome114',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
});
