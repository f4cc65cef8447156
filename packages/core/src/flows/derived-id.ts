/** As long as an id may be. */
const MOST = 128

/**
 * The id of a task that another one enqueued: the same for each run of it, so that a repeated run enqueues nothing
 * twice.
 */
export async function derivedId(queue: string, id: string, label: string | number): Promise<string> {
  // A group is "channel/group".
  const text = `${queue.replace('/', ':')}:${id}:${label}`
  if (text.length <= MOST) return text
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return `${text.slice(0, MOST - hex.length - 1)}:${hex}`
}
