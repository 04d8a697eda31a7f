import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: [
      '{schema,control-plane,node-agent,admin-ui}/src/**/*.test.ts',
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
