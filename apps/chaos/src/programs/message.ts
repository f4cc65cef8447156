/** What a message of the harness says: its name, and how often its handler throws in each group before it returns. */
export function messageOf(name: string, fails: number): string {
  return fails === 0 ? name : `${name} fails ${fails}`
}

export function failsIn(message: string): number {
  return Number(/ fails (\d+)$/.exec(message)?.[1] ?? 0)
}
