// Lost replies: claims were lost with their reply, and a repeated settlement read "stale" although it had committed.
import { describe, expect, it } from 'vitest'
import { dump } from '../lab/dump.ts'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start()

describe('a turn that is repeated', () => {
  it('answers as the first did and changes nothing', async () => {
    const queue = await lab.queue()
    await queue.addMany(20)
    const worker = queue.worker()
    const held = await worker.claim(5)
    const turn = worker.next({
      want: 5,
      settlements: [
        { kind: 'complete', lease: held[0]!.lease, result: '"done"' },
        { kind: 'complete', lease: '123#0' },
        { kind: 'retry', lease: held[1]!.lease, delayMs: 60_000, charge: true },
        { kind: 'release', lease: held[2]!.lease },
        { kind: 'bury', charge: false, lease: held[3]!.lease, reason: 'bad', detail: '' },
      ],
    })
    const first = await queue.driver.settleAndClaim(turn)
    expect(first.stale).toEqual([1])
    expect(first.claimed.length).toBe(5)
    const before = await dump(lab.redis, queue.name)

    for (let i = 0; i < 3; i++) {
      const again = await queue.driver.settleAndClaim({ ...turn, repeat: true })
      const untimed = first.claimed.map((task) => ({ ...task, claimedAt: expect.any(Number) as number }))
      expect(again).toEqual({ ...first, at: expect.any(Number) as number, claimed: untimed })
    }
    expect(await dump(lab.redis, queue.name)).toEqual(before)
  })

  it('leaves out what was recovered or cancelled meanwhile', async () => {
    const queue = await lab.queue()
    const [lapsed = '', cancelled = '', third = '', fourth = ''] = await queue.addMany(4)
    const worker = queue.worker()
    const turn = worker.next({ want: 4 })
    const { claimed } = await queue.driver.settleAndClaim(turn)
    await queue.lapse(claimed[0]!.lease)
    expect((await queue.worker().claimOne()).n).toBe(lapsed)
    await queue.cancel(cancelled)

    const again = await queue.driver.settleAndClaim({ ...turn, repeat: true })
    expect(again.claimed.map(({ n, lease }) => [n, lease])).toEqual([
      [third, claimed[2]!.lease],
      [fourth, claimed[3]!.lease],
    ])
    expect(await worker.complete(...again.claimed)).toEqual([])
  })

  it('gives the same fences as the first, whatever was left out', async () => {
    const queue = await lab.queue()
    await queue.addMany(3)
    const turn = queue.worker().next({ want: 3 })
    const { claimed } = await queue.driver.settleAndClaim(turn)
    await queue.cancel(claimed[0]!.n)
    const again = await queue.driver.settleAndClaim({ ...turn, repeat: true })
    expect(again.claimed.map(({ fence }) => fence)).toEqual([claimed[1]!.fence, claimed[2]!.fence])
  })

  it('is not run as a new one when the repetition overtook it', async () => {
    const queue = await lab.queue()
    const worker = queue.worker()
    const turn = worker.next({ want: 10, awaitWork: true })
    expect((await queue.driver.settleAndClaim({ ...turn, repeat: true })).claimed).toEqual([])
    // A poll in between leaves no trace of its own.
    expect((await worker.turn({ want: 10, awaitWork: true })).claimed).toEqual([])
    await queue.addMany(10)

    // The original arrives at last, from a connection long given up: nobody waits for its claims.
    expect((await queue.driver.settleAndClaim(turn)).claimed).toEqual([])
    expect(await queue.stats()).toMatchObject({ waiting: 10, running: 0 })
  })

  it('is refused when a newer one was answered', async () => {
    const queue = await lab.queue()
    await queue.addMany(20)
    const worker = queue.worker()
    const old = worker.next({ want: 5 })
    const { claimed } = await queue.driver.settleAndClaim(old)
    await worker.turn({ want: 5 })
    const before = await dump(lab.redis, queue.name)

    const late = { ...old, settlements: claimed.map(({ lease }) => ({ kind: 'release', lease }) as const) }
    await expect(queue.driver.settleAndClaim(late)).rejects.toMatchObject({ code: 'storage-refused' })
    await expect(queue.driver.settleAndClaim({ ...old, repeat: true })).rejects.toMatchObject({
      code: 'storage-refused',
    })
    expect(await dump(lab.redis, queue.name)).toEqual(before)
  })

  it('charges nobody: what was claimed stays claimed by its worker', async () => {
    const queue = await lab.queue()
    await queue.addMany(100)
    const worker = queue.worker()
    for (let i = 0; i < 10; i++) {
      const turn = worker.next({ want: 10 })
      await queue.driver.settleAndClaim(turn)
      const { claimed } = await queue.driver.settleAndClaim({ ...turn, repeat: true })
      expect(claimed.length).toBe(10)
      const settling = worker.next({ settlements: claimed.map(({ lease }) => ({ kind: 'complete', lease })) })
      expect((await queue.driver.settleAndClaim(settling)).stale).toEqual([])
      expect((await queue.driver.settleAndClaim({ ...settling, repeat: true })).stale).toEqual([])
    }
    expect(await queue.stats()).toMatchObject({ waiting: 0, delayed: 0, running: 0, dead: 0 })
    expect(await lab.redis.exists(queue.key('crashes'))).toBe(0)
  })
})
