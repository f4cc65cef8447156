/** The noun as it is for this many. */
export const s = (count: number, noun: string): string => (count === 1 ? noun : `${noun}s`)
