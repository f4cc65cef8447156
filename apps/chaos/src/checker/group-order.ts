import { keyOf } from '../programs/message.ts'
import type { Account } from './account.ts'
import type { Expectations } from './expectations.ts'
import type { GroupAccount } from './group-account.ts'
import type { Published } from './publishes.ts'
import type { Violation } from './violation.ts'

/** K1: what is published after a receipt gets a higher number than the receipt's, and no number is given twice. */
export function checkPublishOrder(account: Account, published: ReadonlyMap<string, Published>): Violation[] {
  const violations: Violation[] = []
  const say = (what: string): void => void violations.push({ invariant: 'K1', what })
  const confirmed = [...published.values()].filter(({ n, okAt }) => n !== undefined && !account.mayBeForgotten(okAt!))
  const byReceipt = confirmed.toSorted((a, b) => a.okAt! - b.okAt!).values()
  let receipt = byReceipt.next()
  let highest: Published | undefined
  for (const each of confirmed.toSorted((a, b) => a.invokedAt - b.invokedAt)) {
    for (; !receipt.done && receipt.value.okAt! < each.invokedAt; receipt = byReceipt.next()) {
      if (highest === undefined || receipt.value.n! > highest.n!) highest = receipt.value
    }
    if (highest && highest.n! > each.n!) {
      say(`${each.message} became ${each.n}, published after the receipt of ${highest.n}`)
    }
  }
  const byNumber = new Map<number, string>()
  for (const { n, message } of confirmed) {
    if (byNumber.has(n!)) say(`${byNumber.get(n!)} and ${message} are both ${n}`)
    byNumber.set(n!, message)
  }
  return violations
}

/**
 * K1: of the messages with one key, one is given only once those with lower numbers are done: none of them is given
 * after it, by the server's time.
 */
export function checkKeyedOrder(
  account: Account,
  group: GroupAccount,
  published: ReadonlyMap<string, Published>,
): Violation[] {
  const names = new Map<number, string>()
  for (const { n, message } of published.values()) if (n !== undefined) names.set(n, message)
  for (const { start } of group.deliveries) if (start) names.set(start.n, start.message)
  const violations: Violation[] = []
  /** By key: the highest number that was given so far. */
  const highest = new Map<string, number>()
  for (const { n, at } of group.deliveries) {
    const name = names.get(Number(n))
    if (name === undefined || account.mayBeForgotten(at)) continue
    const key = keyOf(name)
    const before = highest.get(key) ?? 0
    if (Number(n) < before) {
      violations.push({ invariant: 'K1', what: `group ${group.group} was given ${n} of ${key} after ${before}` })
    }
    highest.set(key, Math.max(before, Number(n)))
  }
  return violations
}

/**
 * K1: a group delivers new messages in the order of their numbers. A message that was delivered before is not new,
 * which its counts show where the member that had it first died before recording it. Where a group's only member does
 * one at a time, its handlers begin in that order, too.
 */
export function checkGroupOrder(account: Account, group: GroupAccount, expected: Expectations): Violation[] {
  const violations: Violation[] = []
  const say = (what: string): void => void violations.push({ invariant: 'K1', what: `group ${group.group} ${what}` })
  const first = group.deliveries.filter(({ n, fence, failures, crashes, at }) => {
    const isFirst = group.messages.get(Number(n))![0]!.fence === fence
    return isFirst && failures + crashes === 0 && !account.mayBeForgotten(at)
  })
  for (const [i, { n, at }] of first.entries()) {
    const before = first[i - 1]
    if (before === undefined || group.lives.mayHaveSought(before.from, at)) continue
    if (Number(before.n) >= Number(n)) say(`was given ${n} after ${before.n}`)
  }
  if (!expected.orderedGroups?.includes(group.group)) return violations
  const begun = first.flatMap(({ start }) => start ?? []).toSorted((a, b) => a.at - b.at)
  for (const [i, { n }] of begun.entries()) {
    const before = begun[i - 1]
    if (before && before.n > n) say(`began ${n} after ${before.n}`)
  }
  return violations
}
