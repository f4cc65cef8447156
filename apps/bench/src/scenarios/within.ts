/** What `work` resolves with. Rejects with `late` after `ms`. */
export async function within<T>(work: Promise<T>, ms: number, late: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const end = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(late)), ms)
  })
  try {
    return await Promise.race([work, end])
  } finally {
    clearTimeout(timer)
  }
}

/** Until `work` resolves, but no longer than `ms`: then the audit says what is missing. */
export async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const end = new Promise((resolve) => (timer = setTimeout(resolve, ms)))
  try {
    await Promise.race([work, end])
  } finally {
    clearTimeout(timer)
  }
}
