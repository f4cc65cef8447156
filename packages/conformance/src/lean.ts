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

/** Arrays and records, as deep as they go. What has methods (a `Subscription`), or is lean, is left as it is. */
function leanValue(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const members = value.map(leanValue)
    return members.some((member, i) => member !== value[i]) ? members : value
  }
  const record = value as Readonly<Record<string, unknown>>
  const members: Record<string, unknown> = {}
  let isLean = true
  for (const name of Object.keys(record)) {
    const member = record[name]
    if (typeof member === 'function') return value
    const kept = leanValue(member)
    if (kept !== undefined) members[name] = kept
    isLean &&= kept !== undefined && kept === member
  }
  return isLean ? value : members
}
