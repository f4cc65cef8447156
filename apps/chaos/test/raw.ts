import type { RawKeys, StreamEntry } from '../src/end-state/raw-keys.ts'

export interface Parts {
  readonly [part: string]: Readonly<Record<string, string | number>> | readonly string[] | readonly StreamEntry[]
}

/** What the reader would have found, written by hand. */
export function raw(parts: Parts): RawKeys {
  const hashOf = (part: string): [string, string | number][] => Object.entries(parts[part] ?? {})
  return {
    hash: (part) => new Map(hashOf(part).map(([field, value]) => [field, String(value)])),
    list: (part) => (parts[part] ?? []) as readonly string[],
    zset: (part) => new Map(hashOf(part).map(([member, score]) => [member, Number(score)])),
    stream: (part) => (parts[part] ?? []) as readonly StreamEntry[],
    parts: Object.keys(parts),
    sizes: {},
    defects: [],
  }
}
