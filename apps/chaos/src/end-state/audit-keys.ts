import type { RawKeys } from './raw-keys.ts'

/** In `paced`, from here on, keys that have as many leases as they may, and those of which nothing waits or runs. */
const FULL = 500_000_000_000_000
const FADING = 1_000_000_000_000_000

/** The number of the task that has a place, and its key as it is stored. */
export function readPlace(place: string): { readonly key: string; readonly n: string } | undefined {
  const bytes = Buffer.from(place)
  const length = /^(\d+):/.exec(place)
  if (length === null) return undefined
  const at = length[0].length + Number(length[1])
  const [, rank, n] = /^\d[01]0*(\d+)(?::(\d+))?(?:w\d+)?$/.exec(bytes.subarray(at).toString()) ?? []
  return rank === undefined ? undefined : { key: bytes.subarray(0, at).toString(), n: n ?? rank }
}

/** What contradicts docs/redis-layout.md of keys, in words. */
export function auditKeys(raw: RawKeys): string[] {
  const defects: string[] = []
  const [tasks, places, suspects] = [raw.hash('tasks'), raw.hash('places'), new Set(raw.list('suspects'))]
  const waiting = new Set<string>()
  for (const place of raw.zset('keyed').keys()) {
    const own = readPlace(place)
    if (own === undefined) defects.push(`${place} is no place`)
    else if (places.get(own.n) !== place)
      defects.push(`${own.n} waits in ${place}, and its place is ${places.get(own.n)}`)
    if (own) waiting.add(own.key)
  }
  const running = new Map<string, number>()
  const leased = new Set([...raw.zset('leases').keys()].map((lease) => lease.split('#', 1)[0]!))
  for (const [n, place] of places) {
    const own = readPlace(place)
    if (!tasks.has(n)) defects.push(`${n} has a place, and is no task any more`)
    if (own && (leased.has(n) || suspects.has(n))) running.set(own.key, (running.get(own.key) ?? 0) + 1)
  }
  const [busy, ring, paced] = [raw.hash('busy'), raw.zset('ring'), raw.zset('paced')]
  for (const key of new Set([...running.keys(), ...busy.keys()])) {
    const counted = Number(busy.get(key)?.split(' ', 1)[0] ?? 0)
    if (counted !== (running.get(key) ?? 0))
      defects.push(`${running.get(key) ?? 0} run of ${key}, counted as ${counted}`)
  }
  for (const key of waiting) {
    if (!ring.has(key) && !paced.has(key)) defects.push(`nobody will ever look at ${key}, of which tasks wait`)
    if (ring.has(key) && paced.has(key)) defects.push(`${key} is in the ring and held back`)
    if ((paced.get(key) ?? 0) >= FADING) defects.push(`${key} counts as one of which nothing waits`)
  }
  for (const [key, at] of paced) {
    if (!waiting.has(key) && at < FADING && at < FULL) defects.push(`${key} is held back, and nothing of it waits`)
  }
  return defects
}
