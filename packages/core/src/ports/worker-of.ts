/** The worker of a lane: its lanes have the same name up to the first dot. */
export function workerOf(lane: string): string {
  const dot = lane.indexOf('.')
  return dot === -1 ? lane : lane.slice(0, dot)
}
