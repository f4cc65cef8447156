import { expect, it } from 'vitest'
import { onAbort } from './on-abort.ts'

it('tells any number of waiters, each once, without a warning', async () => {
  const warnings: unknown[] = []
  const note = (warning: unknown): void => void warnings.push(warning)
  process.on('warning', note)
  const controller = new AbortController()
  const told: number[] = []
  const withdrawals = Array.from({ length: 100 }, (_, i) => onAbort(controller.signal, () => told.push(i)))
  withdrawals[3]!()
  controller.abort()
  controller.abort()
  await new Promise(setImmediate)
  process.off('warning', note)
  expect(told).toEqual([...Array(100).keys()].filter((i) => i !== 3))
  expect(warnings).toEqual([])
})

it('calls nobody who has withdrawn, and those who come after that', () => {
  const controller = new AbortController()
  const told: string[] = []
  onAbort(controller.signal, () => told.push('first'))()
  onAbort(controller.signal, () => told.push('second'))
  controller.abort()
  expect(told).toEqual(['second'])
})

it('tells nobody of what was before', () => {
  let told = false
  onAbort(AbortSignal.abort(), () => (told = true))()
  expect(told).toBe(false)
})
