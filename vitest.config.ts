import { createRequire } from 'node:module'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  // As Node.js resolves it for every package: Vite would take the `module` file, and two copies of graphql refuse each other's types.
  resolve: { alias: [{ find: /^graphql$/, replacement: createRequire(import.meta.url).resolve('graphql') }] },
  test: {
    include: [
      '{schema,telemetry,control-plane,node-agent,admin-ui}/src/**/*.test.ts',
      'tests/**/*.test.ts',
      'deploy/**/*.test.ts',
    ],
    testTimeout: 30_000,
    hookTimeout: 120_000,
    globalSetup: ['tests/support/postgres-coordinator.ts'],
    pool: 'forks',
    maxWorkers: 2,
  },
})
