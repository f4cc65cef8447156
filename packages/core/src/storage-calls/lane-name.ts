/** A unique name, by which the storage distinguishes lanes of all processes and times. */
export function laneName(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(9))
  return Array.from(bytes, (byte) => byte.toString(36).padStart(2, '0')).join('')
}
