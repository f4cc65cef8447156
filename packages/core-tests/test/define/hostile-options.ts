export const SECRET = 'what a caller threw'

const fail = (): never => {
  throw SECRET
}

export const EVERY_TRAP: ProxyHandler<object> = Object.fromEntries(
  Object.getOwnPropertyNames(Reflect).map((trap) => [trap, fail]),
)

/** Objects (or lists) of options that throw `SECRET` when `names` are read, or whatever is done with them. */
export function hostileOptions(names: readonly string[], isList = false): readonly (readonly [string, object])[] {
  const target = isList ? [{}] : {}
  const revoked = Proxy.revocable(target, {})
  revoked.revoke()
  const getters = names.map((name): readonly [string, object] => {
    return [`a getter of ${name}`, Object.defineProperty(isList ? [] : {}, name, { get: fail, enumerable: true })]
  })
  class Accessors {}
  for (const name of names) Object.defineProperty(Accessors.prototype, name, { get: fail })
  const ofClass = [['a class whose accessors throw', new Accessors()]] as const
  return [
    ['a Proxy', new Proxy(target, EVERY_TRAP)],
    [
      'a Proxy whose fields throw',
      new Proxy(isList ? [{}] : Object.fromEntries(names.map((name) => [name, 1])), { get: fail }),
    ],
    ['a revoked Proxy', revoked.proxy],
    ...getters,
    ...(isList ? [] : ofClass),
  ]
}

/** Options that can be read once: whatever is read a second time throws `SECRET`. */
export function readableOnce(options: Readonly<Record<string, unknown>>): object {
  const once = {}
  for (const [name, value] of Object.entries(options)) {
    let reads = 0
    Object.defineProperty(once, name, { get: () => (reads++ === 0 ? value : fail()), enumerable: true })
  }
  return once
}

export async function thrownBy(call: () => unknown): Promise<unknown> {
  return (async () => call())().then(
    () => 'nothing',
    (thrown: unknown) => thrown,
  )
}
