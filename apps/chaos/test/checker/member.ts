import type { SettleEvent } from '../../src/history/event.ts'
import { Written } from './written.ts'

export interface Given {
  readonly name?: string | undefined
  readonly proc?: string
  readonly attempt?: number
  readonly failures?: number
  readonly crashes?: number
  readonly kind?: SettleEvent['kind']
  /** When the message was asked for. */
  readonly asked?: number
  /** When the settlement was sent. */
  readonly from?: number
}

/** A history of the group `mail` and those who publish to it. */
export class Member extends Written {
  /** Message `m1` with number 1, unless it is given another name. */
  published(n: number, { name = `m${n}`, fails = 0 } = {}): this {
    return this.say(
      'publisher-1',
      { ev: 'publish.invoke', message: name, fails },
      { ev: 'publish.ok', message: name, epoch: 'e', n },
    )
  }

  took(n: number, fence: number, more: Given = {}): this {
    const { proc = 'member-1', attempt = 1, failures = attempt - 1, crashes = 0, asked = 1_000 } = more
    const given = [{ n: `${n}`, lease: `${fence}.1`, fence, failures, crashes }]
    return this.say(proc, { ev: 'group.claim', group: 'mail', from: asked, given })
  }

  began(n: number, fence: number, { proc = 'member-1', name = `m${n}`, attempt = 1 }: Given = {}): this {
    return this.say(proc, { ev: 'consume', group: 'mail', message: name, n, fence, attempt })
  }

  given(n: number, fence: number, more: Given = {}): this {
    return this.took(n, fence, more).began(n, fence, more)
  }

  handled(
    n: number,
    fence: number,
    how: 'returned' | 'threw',
    { proc = 'member-1', name = `m${n}` }: Given = {},
  ): this {
    return this.say(proc, { ev: 'consume.end', group: 'mail', message: name, fence, how })
  }

  confirmed(fence: number, { proc = 'member-1', kind = 'complete', from = 1_000 }: Given = {}): this {
    const settled = [{ lease: `${fence}.1`, kind }]
    return this.say(proc, { ev: 'group.settled', group: 'mail', from, settled, stale: [] })
  }

  did(n: number, fence: number, more: Given = {}): this {
    return this.given(n, fence, more).handled(n, fence, 'returned', more).confirmed(fence, more)
  }

  /** The group reads on behind that number. */
  sought(to: number): this {
    return this.say('operator-1', { ev: 'seek.invoke', group: 'mail', to }, { ev: 'seek.ok', group: 'mail', to })
  }

  redrivenIn(n: number): this {
    const letter = { group: 'mail', n: `${n}`, diedAt: 1 }
    return this.say('operator-1', { ev: 'group.redrive.invoke', ...letter }, { ev: 'group.redrive.ok', ...letter })
  }

  stepped(fence: number, { proc = 'member-1', isNoted = true } = {}): this {
    this.say(proc, { ev: 'once.do', group: 'mail', fence })
    return isNoted ? this.say(proc, { ev: 'once.kept', group: 'mail', fence }) : this
  }

  failed(n: number, fence: number, more: Given = {}): this {
    return this.given(n, fence, more)
      .handled(n, fence, 'threw', more)
      .confirmed(fence, { kind: 'retry', ...more })
  }
}
