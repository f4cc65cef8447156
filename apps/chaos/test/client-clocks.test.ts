import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { ClientClocks } from '../src/faults/client-clocks.ts'
import { preloadImpossible } from '../src/faults/preload.ts'

const SOURCE = join(import.meta.dirname, '..', 'src', 'faults', 'clock-step.c')
const HOUR_MS = 3_600_000
const reason = await preloadImpossible(process.platform)
if (reason) console.log(`the test of stepping clocks is skipped: ${reason}`)

it.skipIf(reason)('moves the wall clock of one program, and not its monotonic one', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'mq-clocks-'))
  const clocks = await ClientClocks.in(directory, SOURCE, process.execPath)
  const programs = ['first', 'second'].map((proc) => clocks.programFor(proc))
  clocks.step('first', 2 * 3_600)
  clocks.step('first', -3_600)
  const show = 'console.log(JSON.stringify([Date.now(), Number(process.hrtime.bigint() / 1_000_000n)]))'
  const before = [Date.now(), Number(process.hrtime.bigint() / 1_000_000n)] as const
  const shown = await Promise.all(programs.map((program) => promisify(execFile)(program, ['-e', show])))
  const after = [Date.now(), Number(process.hrtime.bigint() / 1_000_000n)] as const
  for (const [i, { stdout }] of shown.entries()) {
    const [wall, monotonic] = JSON.parse(stdout) as [number, number]
    const ahead = i === 0 ? HOUR_MS : 0
    expect(wall).toBeGreaterThanOrEqual(before[0] + ahead)
    expect(wall).toBeLessThanOrEqual(after[0] + ahead)
    expect(monotonic).toBeGreaterThanOrEqual(before[1])
    expect(monotonic).toBeLessThanOrEqual(after[1])
  }
  await rm(directory, { recursive: true })
})
