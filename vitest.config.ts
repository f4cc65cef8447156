import { defineConfig } from 'vitest/config'

const report = process.env['MQ_TEST_REPORT']

export default defineConfig({
  test: {
    projects: ['packages/*/vitest.config.ts', 'apps/*/vitest.config.ts'],
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
  },
})
