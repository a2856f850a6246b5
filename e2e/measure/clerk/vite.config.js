import { cpSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { defineConfig } from 'vite';

const clerk = dirname(createRequire(import.meta.url).resolve('@clerk/clerk-js'));

export default defineConfig({
  root: import.meta.dirname,
  build: {
    outDir: '../../artefacts/clerk',
    emptyOutDir: true,
    reportCompressedSize: false,
    target: 'esnext',
  },
  plugins: [
    {
      name: 'clerk-js',
      writeBundle: ({ dir }) => {
        for (const file of readdirSync(clerk).filter((name) => name.includes('clerk.browser') && name.endsWith('.js'))) {
          cpSync(join(clerk, file), join(dir, 'clerk-js', file));
        }
      },
    },
  ],
});
