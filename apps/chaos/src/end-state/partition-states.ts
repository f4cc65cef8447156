import type { Redis } from 'ioredis'
import { typeInQueue } from './documented-keys.ts'
import type { EndState } from './end-state.ts'
import { endStateOf } from './queue-state.ts'
import { readRawKeys } from './raw-keys.ts'

/** Of a queue with partitions: `name~i.n~tag` or `name~i.n.made~tag`; and of the witnesses: `name~n1~tag`. */
const PLACE = /^mq:\{[^{}~]+~(?:(\d{1,2})\.(\d{1,2})(?:\.(\d+))?|n[12])~\d+\}:/
const LAYOUT = /^p([\dv@+]+)(?:\/[\d.]+)?(?:#\d+)?$/
/** A partition that ran empty has none of these. */
const OF_TASKS: readonly string[] = ['tasks', 'leases', 'dead', 'results', 'ids']

/** By "n.made": where its partitions begin. */
function generationsIn(layout: string | undefined): ReadonlyMap<string, number> {
  const all = LAYOUT.exec(layout ?? '')?.[1]?.split('+') ?? []
  return new Map(
    all.map((each) => {
      const [of = '', made = '0', from = '0'] = each.split(/[v@]/)
      return [`${of}.${made}`, Number(from)]
    }),
  )
}

/** The queue as one, from its partitions: a number of a task there, and two digits more that say where. */
export async function partitionedStateOf(
  masters: readonly Redis[],
  queue: string,
  keys: readonly string[],
): Promise<EndState | undefined> {
  const home = await readRawKeys(masters, `mq:{${queue}}:`, typeInQueue)
  const layout = home.hash('meta').get('layout')
  const generations = generationsIn(layout)
  if (generations.size === 0) return undefined
  const defects = home.parts.filter((part) => part !== 'meta').map((part) => `${part} is beside a number of partitions`)
  const prefixes = new Set(
    keys.flatMap((key) => (key.startsWith(`mq:{${queue}~`) ? [PLACE.exec(key)?.[0] ?? key] : [])),
  )
  const states: EndState[] = []
  const seen = new Set<number>()
  for (const prefix of prefixes) {
    const [, index, among, made = '0'] = PLACE.exec(prefix) ?? []
    const raw = await readRawKeys(masters, prefix, typeInQueue)
    if (index === undefined) {
      const witnessed = raw.hash('meta').get('layout')
      if (witnessed !== layout || raw.parts.length !== 1) defects.push(`${prefix} says ${witnessed}, not ${layout}`)
      continue
    }
    const from = generations.get(`${among}.${made}`)
    const place = Number(index) + (from ?? 0)
    const isSealed = raw.hash('meta').has('sealed')
    if (from === undefined) {
      const isEmpty = isSealed && raw.parts.every((part) => !OF_TASKS.includes(part))
      if (!isEmpty) defects.push(`${prefix} is none of ${layout}`)
    } else if (Number(index) >= Number(among) || seen.has(place)) defects.push(`${prefix} is none of ${layout}`)
    else {
      seen.add(place)
      const state = endStateOf(raw)
      // One that ran empty is forgotten a day later.
      const isWrong = (what: string): boolean => !(isSealed && what.endsWith('has a TTL'))
      states.push(outer(place, { ...state, defects: state.defects.filter(isWrong) }))
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
