import { builtinModule } from '../values/builtin-module.ts'

interface Hash {
  update(text: string): Hash
  digest(encoding: 'hex'): string
}

/** That of Node answers at once. The other one does so from another thread: a virtual clock would not wait for it. */
const nodeCrypto = builtinModule('node:crypto') as { createHash(algorithm: string): Hash } | undefined

/** As long as an id may be. */
const MOST = 128
const DIGEST = /^[0-9a-f]{64}$/

/**
 * The id of a task that another one enqueued: the same for each run of it, so that a repeated run enqueues nothing
 * twice, and another for each queue, id and label.
 */
export async function derivedId(queue: string, id: string, label: string | number): Promise<string> {
  if (isPlain(id, label)) return idBefore(queue, id, label)
  const digest = await digestOf(JSON.stringify([queue, id, label]))
  // Two colons together are in no plain one.
  return `${textOf(queue, id, label).slice(0, MOST - digest.length - 2)}::${digest}`
}

/**
 * As versions up to 0.1 made it, where that is another: they made one id for several tasks where their own ids or
 * labels have colons.
 */
export async function formerId(queue: string, id: string, label: string | number): Promise<string | undefined> {
  return isPlain(id, label) ? undefined : idBefore(queue, id, label)
}

/** Its parts can be told from each other: names of queues, channels and groups have no colons. */
function isPlain(id: string, label: string | number): boolean {
  return !id.includes(':') && !String(label).includes(':') && !DIGEST.test(String(label))
}

async function idBefore(queue: string, id: string, label: string | number): Promise<string> {
  const text = textOf(queue, id, label)
  if (text.length <= MOST) return text
  const digest = await digestOf(text)
  return `${text.slice(0, MOST - digest.length - 1)}:${digest}`
}

/** A group is "channel/group". */
function textOf(queue: string, id: string, label: string | number): string {
  return `${queue.replace('/', ':')}:${id}:${label}`
}

async function digestOf(text: string): Promise<string> {
  const hash = nodeCrypto?.createHash('sha256')
  if (hash !== undefined) return hash.update(text).digest('hex')
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
