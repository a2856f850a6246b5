import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  build: {
    // The client is bundled whole, as nothing may come from another origin.
    chunkSizeWarningLimit: 4000,
    reportCompressedSize: false,
    target: 'esnext',
  },
});
