import { expect, it } from 'vitest'
import { systemClock } from '../clock.ts'
import { MqError } from '../errors.ts'
import { Batcher } from './batcher.ts'

/** A storage that answers at the next `reply()`. */
function lab(answer?: (item: number, reply: string) => string) {
  const sent: (readonly number[])[] = []
  let owed: (() => void)[] = []
  const batcher = new Batcher<number, string>({
    clock: systemClock,
    timeoutMs: 1_000,
    lanes: 2,
    maxItems: 100,
    maxBytes: 1_000,
    send: (items) => {
      sent.push(items)
      return new Promise((resolve) => owed.push(() => resolve(items.map(String))))
    },
    answer,
  })
  const reply = async (): Promise<void> => {
    const all = owed
    owed = []
    for (const each of all) each()
    await turn()
  }
  /** Each in a callback of its own, as requests of different sockets are read, in one turn of the event loop. */
  const callInTurn = async (...items: number[]): Promise<Promise<string>[]> => {
    const calls: Promise<string>[] = []
    for (const item of items) setImmediate(() => calls.push(batcher.add(item, 1)))
    await turn()
    return calls
  }
  return { batcher, sent, reply, callInTurn }
}

/** Until the immediates have run that are there now, and those that they make. */
const turn = async (): Promise<void> => {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve))
}

it('a call that comes alone is sent before anything else happens', async () => {
  const { batcher, sent } = lab()
  void batcher.add(1, 1)
  await Promise.resolve()
  expect(sent).toEqual([[1]])
})

it('requests of many sockets share a round trip, once they come together', async () => {
  const { sent, reply, callInTurn } = lab()
  const calls = await callInTurn(1, 2, 3, 4, 5)
  expect(sent).toEqual([[1], [2]])
  await reply()
  expect(sent.slice(2)).toEqual([[3, 4, 5]])
  await reply()
  calls.push(...(await callInTurn(6, 7, 8, 9)))
  expect(sent.slice(3)).toEqual([[6, 7, 8, 9]])
  await reply()
  expect(await Promise.all(calls)).toEqual(['1', '2', '3', '4', '5', '6', '7', '8', '9'])
})

it('one that comes alone after them waits for no other again', async () => {
  const { batcher, sent, reply, callInTurn } = lab()
  void (await callInTurn(1, 2, 3, 4))
  await reply()
  await reply()
  void batcher.add(5, 1)
  await turn()
  await reply()
  void batcher.add(6, 1)
  await Promise.resolve()
  expect(sent).toEqual([[1], [2], [3, 4], [5], [6]])
})

it('a call gets what its reply means for it, or what that throws', async () => {
  const { batcher, reply } = lab((item, text) => {
    if (item === 2) throw new MqError('queue-full', 'no room')
    return `${text}!`
  })
  const calls = Promise.allSettled([1, 2, 3].map((item) => batcher.add(item, 1)))
  await Promise.resolve()
  await reply()
  expect(await calls).toEqual([
    { status: 'fulfilled', value: '1!' },
    { status: 'rejected', reason: expect.objectContaining({ code: 'queue-full' }) },
    { status: 'fulfilled', value: '3!' },
  ])
})
