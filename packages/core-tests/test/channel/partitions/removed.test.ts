import { expect, it } from 'vitest'
import { lab, named } from './lab.ts'

it('a group that is removed while its members run begins again in each partition, with all that is kept', async () => {
  const { clock, errors, open } = lab()
  const [first, second] = [open(), open()]
  const channel = first.channel(named(8))
  const taken: number[] = []
  await channel.consume('audit', ({ payload }) => void taken.push(payload.step))
  for (let step = 0; step < 20; step++) await channel.publish({ key: 'k', step }, { key: `k${step}` })
  await clock.advance(5_000)
  expect(taken.length).toBe(20)
  await second.channel('steps').group('audit').remove()
  for (let step = 20; step < 40; step++) await channel.publish({ key: 'k', step }, { key: `k${step}` })
  await clock.advance(40_000)
  expect(new Set(taken).size).toBe(40)
  expect(taken.length).toBe(60)
  expect(new Set(errors.map((error) => (error as { code?: unknown }).code))).toEqual(new Set(['messages-lost']))
  expect(await channel.group('audit').stats()).toMatchObject({ unread: 0, running: 0 })
  await Promise.all([first.close(), second.close()])
})
