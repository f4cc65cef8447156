import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { TokenOptions } from './auth-options.ts'
import type { Identity } from './role.ts'

interface Holder {
  readonly identity: Identity
  readonly digest: Buffer
  readonly sessionKey: Buffer
}

/** How long a browser stays signed in, ms. */
export const SESSION_MS = 12 * 3_600_000

/**
 * The bearer tokens, and the sessions of browsers that signed in with one. A session is a date and a mark that only the
 * token makes: every process that has the token knows it, and a token that is taken away takes its sessions along.
 */
export class Tokens {
  readonly #holders: readonly Holder[]

  constructor(tokens: readonly TokenOptions[]) {
    this.#holders = tokens.map(({ token, role, name }) => ({
      identity: { role, user: name ?? role },
      digest: digestOf(token),
      sessionKey: createHmac('sha256', token).update('mq-console session').digest(),
    }))
  }

  get count(): number {
    return this.#holders.length
  }

  /** Compares with every token, so that the time says nothing of which one is nearly right. */
  holderOf(token: string): Identity | undefined {
    const digest = digestOf(token)
    return this.#only((holder) => timingSafeEqual(holder.digest, digest))
  }

  /** The text for a cookie. `now`: ms since 1970. */
  startSession(token: string, now: number): string | undefined {
    const digest = digestOf(token)
    const holder = this.#holders.find((each) => timingSafeEqual(each.digest, digest))
    if (holder === undefined) return undefined
    const until = String(now + SESSION_MS)
    return `${until}.${markOf(holder, until).toString('base64url')}`
  }

  inSession(text: string, now: number): Identity | undefined {
    const [, until, mark] = /^(\d{13})\.([\w-]{43})$/.exec(text) ?? []
    if (until === undefined || mark === undefined || Number(until) <= now) return undefined
    const given = Buffer.from(mark, 'base64url')
    return this.#only((holder) => given.length === 32 && timingSafeEqual(markOf(holder, until), given))
  }

  #only(matches: (holder: Holder) => boolean): Identity | undefined {
    let found: Identity | undefined
    for (const holder of this.#holders) if (matches(holder)) found = holder.identity
    return found
  }
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

function markOf({ sessionKey }: Holder, until: string): Buffer {
  return createHmac('sha256', sessionKey).update(until).digest()
}
