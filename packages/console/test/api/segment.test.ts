import { expect, it } from 'vitest'
import { RESERVED } from '../../src/api/segment.ts'
import { described } from '../described.ts'
import { testConsole } from '../test-console.ts'

it('reserves every word of a route that may be read as an id', async () => {
  const { operations } = await described('/console')
  const paths = operations.map(({ path }) => path.split('/'))
  const words = paths.flatMap((parts) =>
    parts.filter((part, i) => {
      if (part === '' || part.startsWith('{')) return false
      const isSibling = (other: readonly string[]): boolean =>
        other[i]?.startsWith('{') === true && other.slice(0, i).join('/') === parts.slice(0, i).join('/')
      // Only where both may end there: `/tasks/{id}/cancel` is not another address of `/tasks/batch`.
      return paths.some((other) => isSibling(other) && other.length === parts.length)
    }),
  )
  expect(new Set(words)).toEqual(new Set(RESERVED.filter((word) => !word.startsWith('.'))))
})

it.each(RESERVED)('has an address for a task and a queue that are called %s', async (word) => {
  const { broker, get, post } = await testConsole()
  for (const queue of [word, 'mails']) {
    const sent = await post(`/queues/~${queue}/tasks`, { payload: 1, id: word, delayMs: 60_000 })
    const location = sent.headers['location'] as string
    // As a client resolves it.
    expect(new URL(location, 'http://localhost').pathname).toBe(location)
    const path = location.replace('/console/api/v1', '')
    expect((await get(path)).body).toMatchObject({ task: { id: word, state: 'delayed' } })
    expect((await post(`${path}/priority`, { priority: 9 })).body).toEqual({ outcome: 'changed' })
    expect((await post(`${path}/cancel`)).body).toEqual({ outcome: 'cancelled' })
    expect(await broker.queue(queue).task(word).outcome()).toMatchObject({ state: 'cancelled' })
  }
  expect((await get(`/queues/~${word}`)).body).toMatchObject({ name: word })
  expect((await get('/queues/mails/tasks/search?text=1')).body).toMatchObject({ scanned: expect.any(Number) })
})
