/** What a message of the harness says: its name, and how often its handler throws in each group before it returns. */
export function messageOf(name: string, fails: number): string {
  return fails === 0 ? name : `${name} fails ${fails}`
}

const KEYS = 8

/** Where members keep the messages of a key in order: one of a few, for those of all publishers. */
export function keyOf(message: string): string {
  return `key-${Number(/:(\d+)/.exec(message)?.[1] ?? 0) % KEYS}`
}

export function failsIn(message: string): number {
  return Number(/ fails (\d+)$/.exec(message)?.[1] ?? 0)
}
