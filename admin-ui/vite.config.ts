/**
 * Builds the console into `dist/`, which the control plane serves at `/` under a strict content security policy: every script
 * and style is a hashed file of our own, nothing is inlined.
 */
import tailwindcss from '@tailwindcss/vite'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

const controlPlane = process.env.MAILFLEET_DEV_API ?? 'http://127.0.0.1:8480'

export default defineConfig({
  plugins: [vue(), tailwindcss()],
  define: {
    __VUE_OPTIONS_API__: false,
    __VUE_I18N_LEGACY_API__: false,
    __INTLIFY_PROD_DEVTOOLS__: false,
  },
  build: {
    target: 'es2022',
    // These have light-dark(), which every colour of the console is defined by.
    cssTarget: ['chrome123', 'safari17.5', 'firefox120'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    host: '127.0.0.1',
    proxy: { '/graphql': { target: controlPlane, ws: true } },
  },
})
