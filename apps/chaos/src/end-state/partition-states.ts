import type { Redis } from 'ioredis'
import { typeInQueue } from './documented-keys.ts'
import type { EndState } from './end-state.ts'
import { endStateOf } from './queue-state.ts'
import { readRawKeys } from './raw-keys.ts'

/** Of a queue with partitions: `name~i.n~tag`; and of the witnesses of their number: `name~n1~tag`. */
const PLACE = /^mq:\{[^{}~]+~(?:(\d{1,2})\.(\d{1,2})|n[12])~\d+\}:/
const LAYOUT = /^p(\d+)$/

/** The queue as one, from its partitions: a number of a task there, and two digits more that say where. */
export async function partitionedStateOf(
  masters: readonly Redis[],
  queue: string,
  keys: readonly string[],
): Promise<EndState | undefined> {
  const home = await readRawKeys(masters, `mq:{${queue}}:`, typeInQueue)
  const layout = home.hash('meta').get('layout')
  const of = Number(LAYOUT.exec(layout ?? '')?.[1] ?? 0)
  if (of === 0) return undefined
  const defects = home.parts.filter((part) => part !== 'meta').map((part) => `${part} is beside a number of partitions`)
  const prefixes = new Set(
    keys.flatMap((key) => (key.startsWith(`mq:{${queue}~`) ? [PLACE.exec(key)?.[0] ?? key] : [])),
  )
  const states: EndState[] = []
  const seen = new Set<number>()
  for (const prefix of prefixes) {
    const [, index, among] = PLACE.exec(prefix) ?? []
    const raw = await readRawKeys(masters, prefix, typeInQueue)
    if (index === undefined) {
      const witnessed = raw.hash('meta').get('layout')
      if (witnessed !== layout || raw.parts.length !== 1) defects.push(`${prefix} says ${witnessed}, not ${layout}`)
    } else if (Number(among) !== of || seen.has(Number(index))) defects.push(`${prefix} is none of ${of} partitions`)
    else {
      seen.add(Number(index))
      states.push(outer(Number(index), endStateOf(raw)))
    }
  }
  return joined(states, defects)
}

export function joined(states: readonly EndState[], defects: readonly string[]): EndState {
  const sizes: Record<string, number> = {}
  for (const state of states) {
    for (const [part, size] of Object.entries(state.sizes)) sizes[part] = (sizes[part] ?? 0) + size
  }
  return {
    tasks: states.flatMap(({ tasks }) => tasks),
    dead: states.flatMap(({ dead }) => dead),
    ended: states.flatMap(({ ended }) => ended),
    defects: [...defects, ...states.flatMap((state) => state.defects)],
    sizes,
  }
}

export function outer(index: number, state: EndState): EndState {
  const at = <Item extends { readonly n: string }>(item: Item): Item => ({
    ...item,
    n: `${item.n}${String(index).padStart(2, '0')}`,
  })
  return {
    ...state,
    tasks: state.tasks.map(at),
    dead: state.dead.map(at),
    ended: state.ended.map(at),
    defects: state.defects.map((what) => `partition ${index}: ${what}`),
  }
}
