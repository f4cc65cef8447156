/** Ends what was listened to. */
export type Leave = () => Promise<void>

/** Where one of them fails, the others are left, and it rejects with that. */
export async function listenToAll(listening: readonly Promise<Leave>[]): Promise<Leave> {
  const ends = await Promise.allSettled(listening)
  const leave = async (): Promise<void> => {
    await Promise.all(ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value()] : [])))
  }
  const failure = ends.find((end) => end.status === 'rejected')
  if (failure === undefined) return leave
  await Promise.allSettled([leave()])
  throw failure.reason
}
