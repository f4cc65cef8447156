import { expect, it } from 'vitest'
import { report } from '../../src/report/report.ts'

const machine = { date: '2026-11-23', cpu: 'Test CPU', cpus: 2, node: '20.20.2', load: 0.25, versions: {} }

it('says how and where it was made, and then has its tables in their order', () => {
  const text = report({ command: 'pnpm bench --rounds 3', machine, tables: ['## One\n', '## Two\n'] })
  expect(text).toContain('`pnpm bench --rounds 3` · 2026-11-23 · 2 × Test CPU, Node 20.20.2;')
  expect(text).toContain('load was 0.3.\n\n## One\n\n## Two\n')
})
