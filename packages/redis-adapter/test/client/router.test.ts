// What a cluster's nodes say of each other may be old, or not all; and a program may end before all is there.
import { MqError, silentLogger, systemClock } from '@mq/core'
import { afterEach, describe, expect, it } from 'vitest'
import type { RedisClient } from '../../src/client.ts'
import type { ClusterNode } from '../../src/cluster/cluster-node.ts'
import { addressText } from '../../src/cluster/node-address.ts'
import type { NodeAddress } from '../../src/cluster/node-address.ts'
import { Router } from '../../src/cluster/router.ts'
import { slotOf } from '../../src/cluster/slot.ts'
import type { Link } from '../../src/link.ts'
import type { TopicLink } from '../../src/topic-link.ts'

type Row = readonly [from: number, to: number, port: number]

const HOST = '127.0.0.1'
const [A, B, C, D] = [1, 2, 3, 4]
const WHOLE: readonly Row[] = [
  [0, 5_000, A],
  [5_001, 10_000, B],
  [10_001, 16_383, C],
]
/** In the slots of B. */
const KEY = keyIn(5_001, 10_000)

function keyIn(from: number, to: number): string {
  for (let i = 0; ; i++) if (slotOf(`k${i}`) >= from && slotOf(`k${i}`) <= to) return `k${i}`
}

/** The connection to a node, which answers commands as it is told. */
class FakeLink {
  up = true
  closed = false
  waitingMs = 0
  asked = 0
  readonly client = {} as RedisClient
  /** What it answers to a command of a user. */
  answer: () => string = () => 'done'
  whenAsked: (() => Promise<void>) | undefined

  get trouble(): MqError | undefined {
    return this.up || this.closed ? undefined : new MqError('unavailable', 'not connected')
  }

  async run<T>(_: string, command: (client: RedisClient) => Promise<T>): Promise<T> {
    return command(this.client)
  }

  async whenUp(): Promise<void> {
    if (this.up) return
    // As a connection that never comes does; but not for ever, or nothing else would ever run.
    if (this.asked++ > 100) return new Promise(() => undefined)
    if (this.closed) throw new MqError('closed', 'the connection is closed')
    return new Promise((_, reject) => void (this.fail = reject))
  }

  fail: (thrown: Error) => void = () => undefined

  close(): void {
    this.up = false
    this.closed = true
    this.fail(new MqError('closed', 'the connection is closed'))
  }
}

const redirect = (port: number): Error =>
  Object.assign(new Error(`MOVED ${slotOf(KEY)} ${HOST}:${port}`), { name: 'ReplyError' })

class Bench {
  /** What a node says who has which slot. */
  says: readonly Row[] = WHOLE
  readonly opened: number[] = []
  readonly closed: number[] = []
  readonly links = new Map<number, FakeLink>()
  changes = 0
  readonly router: Router
  readonly #control = new FakeLink()

  constructor() {
    const environment = { clock: systemClock, logger: silentLogger, onError: () => undefined }
    Object.assign(this.#control.client, { call: async () => this.#slots() })
    this.router = new Router({
      environment,
      open: (address) => this.#open(address),
      locate: (address) => address,
      control: () => ({ link: this.#control as unknown as Link, address: { host: HOST, port: 0 } }),
      onChange: () => this.changes++,
    })
  }

  begin(): Promise<void> {
    return this.router.begin(this.#control.client, { host: HOST, port: 0 })
  }

  /** Sends a command to who has KEY; the port of the node that executed it. */
  send(): Promise<number> {
    return this.router.run('a command', KEY, async ({ client }) => {
      const [port, link] = [...this.links].find(([, each]) => each.client === client)!
      const answer = link.answer()
      if (answer.startsWith('MOVED')) throw redirect(Number(answer.slice(6)))
      return port
    })
  }

  #slots(): unknown {
    return this.says.map(([from, to, port]) => [from, to, [HOST, port, 'id']])
  }

  #open(address: NodeAddress): ClusterNode {
    const { port } = address
    const link = new FakeLink()
    Object.assign(link.client, { call: async () => this.#slots() })
    this.opened.push(port)
    this.links.set(port, link)
    const node: Partial<ClusterNode> = {
      address,
      command: link as unknown as Link,
      runId: '',
      topics: { name: addressText(address) } as unknown as TopicLink,
      links: [link as unknown as Link],
      takeMoved: () => false,
      close: async () => {
        this.closed.push(port)
        link.close()
      },
    }
    return node as ClusterNode
  }
}

const benches: Bench[] = []
afterEach(async () => void (await Promise.all(benches.splice(0).map(({ router }) => router.close()))))

async function begun(says: readonly Row[] = WHOLE): Promise<Bench> {
  const bench = new Bench()
  benches.push(bench)
  bench.says = says
  await bench.begin()
  return bench
}

describe('a node that has just joined, and knows a part of the others', () => {
  it('changes nothing of those that it does not name, and says that they are to be asked for', async () => {
    const bench = await begun()
    const before = bench.router.topicsOf(KEY)
    bench.says = [[0, 5_000, A]]
    await bench.router.refresh()
    expect([bench.opened, bench.closed]).toEqual([[A, B, C], []])
    expect(bench.router.topicsOf(KEY)).toBe(before)
    expect(await bench.send()).toBe(B)
    expect(bench.router.trouble).toMatchObject({ message: expect.stringMatching(/^11383 slots/) as string })
  })

  it('is believed in what it names', async () => {
    const bench = await begun()
    bench.says = [[5_001, 10_000, D]]
    await bench.router.refresh()
    expect(await bench.send()).toBe(D)
    expect(bench.closed).toEqual([B])
    bench.says = [[0, 16_383, D]]
    await bench.router.refresh()
    expect(bench.closed).toEqual([B, A, C])
    expect(bench.router.trouble).toBe(undefined)
  })
})

it('a node that a slot has moved to is not left because another node has not heard of it', async () => {
  const bench = await begun()
  bench.links.get(B)!.answer = () => `MOVED ${D}`
  expect(await bench.send()).toBe(D)
  await bench.router.refresh()
  expect(await bench.send()).toBe(D)
  expect([bench.opened, bench.closed]).toEqual([[A, B, C, D], []])
})

it('who waits for a cluster that is not whole is told when the broker is closed, and nobody asks again', async () => {
  const bench = await begun([
    [0, 5_000, A],
    [5_001, 10_000, B],
  ])
  bench.links.get(B)!.up = false
  const ready = bench.router.whenReady()
  const end = expect(ready).rejects.toMatchObject({ code: 'closed' })
  await bench.router.close()
  await end
  expect(bench.links.get(B)!.asked).toBeLessThan(3)
})

it('who waits for a node that is down is told when the broker is closed', async () => {
  const bench = await begun()
  bench.links.get(B)!.up = false
  const end = expect(bench.router.whenReady()).rejects.toMatchObject({ code: 'closed' })
  await bench.router.close()
  await end
})
