import { describe, expect, it, onTestFinished } from 'vitest'
import { Audience } from '../src/live/audience.ts'
import type { Viewer } from '../src/live/viewer.ts'

function audience(): Audience {
  const opened = new Audience()
  onTestFinished(() => opened.close())
  return opened
}

const left = async (viewer: Viewer | undefined): Promise<void> => {
  await new Promise<void>((resolve) => viewer!.once('close', resolve).destroy())
}

describe('an audience', () => {
  it('has a hundred seats, whoever asks, and gives one again that was left', async () => {
    const seats = audience()
    const admitted = Array.from({ length: 150 }, (_, i) => seats.admit(`10.0.0.${i}`, []))
    expect(admitted.filter(Boolean)).toHaveLength(100)
    expect(seats.size).toBe(100)
    await left(admitted[0])
    expect([seats.admit('10.0.0.200', []), seats.admit('10.0.0.201', [])].map(Boolean)).toEqual([true, false])
  })

  it('has twenty-five for one address, and others for others', async () => {
    const seats = audience()
    const admitted = Array.from({ length: 30 }, () => seats.admit('10.0.0.1', []))
    expect(admitted.filter(Boolean)).toHaveLength(25)
    expect(seats.admit('10.0.0.2', [])).toBeDefined()
    await left(admitted[3])
    expect([seats.admit('10.0.0.1', []), seats.admit('10.0.0.1', [])].map(Boolean)).toEqual([true, false])
  })
})
