import type { StorageFinding } from '@mq/core/adapter'
import { error, warning } from './finding.ts'
import type { Observed } from './observed.ts'

const FULL = 0.95
const NEARLY_FULL = 0.8
/** Below it, ratios say nothing. */
const NOTABLE_BYTES = 104_857_600
const FRAGMENTED = 1.5

/** Whether there is room, and whether it is well used. */
export function findMemory({ info }: Observed): StorageFinding[] {
  const used = info.number('used_memory')
  if (used === undefined) return []
  const limit = info.number('maxmemory') ?? 0
  const machine = info.number('total_system_memory') ?? 0
  const found: StorageFinding[] = []
  const most = limit > 0 ? limit : machine
  const of = limit > 0 ? 'maxmemory' : 'the memory of the machine (maxmemory is not set)'
  if (most > 0 && used > most * FULL) {
    const then = limit > 0 ? 'the server refuses enqueues' : 'the system ends the server'
    found.push(error('memory-full', `${percent(used / most)} of ${of} is in use: at 100 % ${then}.`))
  } else if (most > 0 && used > most * NEARLY_FULL) {
    found.push(warning('memory-nearly-full', `${percent(used / most)} of ${of} is in use.`))
  }
  if (limit === 0) {
    const text =
      'maxmemory is not set: the server takes memory until the system ends it. With a limit, and noeviction, it refuses enqueues instead (storage-full), and what it has stays.'
    found.push(warning('memory-unlimited', text))
  }
  const ratio = info.number('mem_fragmentation_ratio') ?? 1
  if (ratio < 1 && used > NOTABLE_BYTES) {
    found.push(warning('swapped', 'Part of the server’s memory is swapped out: commands wait for the disk.'))
  } else if (ratio > FRAGMENTED && used > NOTABLE_BYTES) {
    const text = `The server takes ${ratio} times the memory that it uses: it is fragmented, as after a peak. activedefrag, or a restart, gives it back.`
    found.push(warning('fragmented', text))
  }
  return found
}

function percent(part: number): string {
  return `${Math.round(part * 100)} %`
}
