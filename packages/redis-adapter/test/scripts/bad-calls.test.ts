// Half-done scripts, one level lower: the scripts themselves, called with what no driver of ours would send.
import { describe, expect, it } from 'vitest'
import type { Script } from '../../src/script.ts'
import { keysFor } from '../../src/script.ts'
import { cancelScript } from '../../src/scripts/queue/cancel.ts'
import { enqueueScript } from '../../src/scripts/queue/enqueue.ts'
import { extendScript } from '../../src/scripts/queue/extend.ts'
import { listDeadScript } from '../../src/scripts/queue/list-dead.ts'
import { markScript } from '../../src/scripts/channel/mark.ts'
import { noteScript } from '../../src/scripts/queue/note.ts'
import { publishScript } from '../../src/scripts/channel/publish.ts'
import { readScript } from '../../src/scripts/queue/read.ts'
import { recallScript } from '../../src/scripts/queue/recall.ts'
import { settleAndClaimScript } from '../../src/scripts/queue/settle-and-claim.ts'
import { dump } from '../lab/dump.ts'
import { FurnishedQueue } from '../lab/furnished-queue.ts'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start()

/** Calls that a script should take, each with as many arguments as it may have. HELD is a lease that is held. */
const CALLS: readonly [Script, readonly string[]][] = [
  [enqueueScript, ['lane', '1', '0', '50', 'topic', '1', '1', '5', 'own', '4\n1', '4\n2']],
  [
    settleAndClaimScript,
    ['w.0', '1', '0', '10', '4096', '30000', '1', 'topic', '0', '1', '1', 'HELD', 'R5', '1', 'own'],
  ],
  [extendScript, ['30000', 'HELD']],
  [noteScript, ['HELD', '1']],
  [readScript, ['topic', '#1', '=own']],
  [listDeadScript, ['0', '10', '4096']],
  [cancelScript, ['=nobody', 'reason', 'topic']],
  [publishScript, ['topic', '1', '1\n1', 'run', 'publisher', '1', 'plain', '0']],
  [markScript, ['topic', 'front', 'run', 'plain']],
  [recallScript, ['lane', '1']],
]
const WRONG = ['', '-1', 'x', 'nan', 'inf', '1e400', '1.5', '99999999999999999999', '\0', 'HELD', '#', '10001']

/** Calls in which one argument is wrong, and calls that end too early. */
const CASES = CALLS.flatMap(([script, args]) => {
  const wrong = args.flatMap((_, at) => WRONG.map((value) => args.with(at, value)))
  const short = args.map((_, length) => args.slice(0, length))
  return [[script.name, script, [...wrong, ...short]] as const]
})

/** This many calls at a time, each to a queue of its own. */
const AT_ONCE = 50

/** What is wrong with what a call did. */
async function complaintsAbout(furnished: FurnishedQueue, script: Script, args: readonly string[]): Promise<string[]> {
  const port = await furnished.copy(lab)
  const before = await dump(lab.redis, port.name)
  const keys = keysFor(script, 'mq', port.name)
  const refusal = await lab.redis
    .eval(script.lua, keys.length, ...keys, ...args.map((arg) => (arg === 'HELD' ? furnished.leases[0]! : arg)))
    .then(
      () => undefined,
      (thrown: unknown) => (thrown as Error).message.slice(0, 60),
    )
  const changed = JSON.stringify(await dump(lab.redis, port.name)) !== JSON.stringify(before)
  const left = await furnished.rest(port)
  const lost = furnished.numbers.filter((n) => !left.includes(n))
  return [
    ...(refusal !== undefined && changed ? [`${JSON.stringify(args)} failed halfway: ${refusal}`] : []),
    ...(lost.length > 0 ? [`${JSON.stringify(args)} lost ${lost.length}: ${refusal ?? 'taken'}`] : []),
  ]
}

describe('a script that is called with something wrong changes nothing, or loses nothing:', () => {
  it.each(CASES)('%s', async (_name, script, calls) => {
    // What earlier queues left makes each look for keys longer.
    await lab.redis.flushdb()
    const furnished = await FurnishedQueue.create(lab)
    const complaints: string[] = []
    for (let from = 0; from < calls.length; from += AT_ONCE) {
      const some = calls.slice(from, from + AT_ONCE)
      const found = await Promise.all(some.map((args) => complaintsAbout(furnished, script, args)))
      complaints.push(...found.flat())
    }
    expect(complaints).toEqual([])
  })
})
