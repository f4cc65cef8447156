/**
 * A driver whose results and hints have no member that is undefined. The ports' types do not distinguish such a member
 * from an absent one, so the suite does not either: JSON leaves them out, and an object literal has them.
 */
export function lean<T extends object>(driver: T): T {
  return new Proxy(driver, {
    get(target, name): unknown {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return (...given: unknown[]): unknown => {
        const answer: unknown = Reflect.apply(member, target, given.map(hearingLean))
        return answer instanceof Promise ? answer.then(leanValue) : answer
      }
    },
  })
}

function hearingLean(given: unknown): unknown {
  return typeof given === 'function'
    ? (hint: unknown): unknown => Reflect.apply(given, undefined, [leanValue(hint)])
    : given
}

/** Arrays and records, as deep as they go. What has methods (a `Subscription`) is left as it is. */
function leanValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(leanValue)
  if (typeof value !== 'object' || value === null) return value
  const members: Record<string, unknown> = {}
  for (const [name, member] of Object.entries(value)) {
    if (typeof member === 'function') return value
    if (member !== undefined) members[name] = leanValue(member)
  }
  return members
}
