/** What this browser remembers of its reader. A browser may forbid that: then it remembers nothing. */
export function remembered(name: string): string | undefined {
  try {
    return localStorage.getItem(`mq-console:${name}`) ?? undefined
  } catch {
    return undefined
  }
}

/** Whether it does. */
export function remember(name: string, value: string): boolean {
  try {
    localStorage.setItem(`mq-console:${name}`, value)
    return true
  } catch {
    return false
  }
}
