import { bury, retry } from '@mq/core'

/** What user code may hand over, and whoever touches it carelessly falls. Each call makes a new one. */
export const HOSTILE: readonly (readonly [string, () => unknown])[] = [
  ['undefined', () => undefined],
  ['null', () => null],
  ['a symbol', () => Symbol('s')],
  ['a bigint', () => 1n],
  ['NaN', () => Number.NaN],
  ['a function', () => () => undefined],
  ['an object without a prototype', () => Object.create(null)],
  ['a toString that throws', () => ({ toString: trap, toJSON: trap })],
  ['a toPrimitive that throws', () => ({ [Symbol.toPrimitive]: trap, toJSON: trap })],
  ['a toStringTag that throws', () => getter(Object.create(null), Symbol.toStringTag)],
  ['a Proxy that forbids everything', () => new Proxy({}, handlerOf(TRAPS))],
  ['a Proxy that forbids to read', () => new Proxy({}, handlerOf(['get']))],
  ['a Proxy that throws itself', selfThrower],
  ['a Proxy of an error that forbids everything', () => new Proxy(new Error('x'), handlerOf(TRAPS))],
  ['a Proxy of a function that forbids everything', () => new Proxy(() => undefined, handlerOf(TRAPS))],
  ['a Proxy that was revoked', () => revoked({})],
  ['an error with a revoked Proxy as cause', () => new Error('x', { cause: revoked({}) })],
  ['an error whose name is a symbol', () => Object.assign(new Error('x'), { name: Symbol('n') })],
  ['an error whose message is a symbol', () => Object.assign(new Error('x'), { message: Symbol('m') })],
  ['an error whose message is an object', () => Object.assign(new Error('x'), { message: { toString: trap } })],
  ['an error whose stack is a symbol', () => Object.assign(new Error('x'), { stack: Symbol('s') })],
  ['an error whose code is an object', () => Object.assign(new Error('x'), { code: { toString: trap } })],
  ...['name', 'message', 'stack', 'code', 'cause', 'toString', 'then', 'constructor'].map(
    (field) => [`an error whose ${field} throws`, () => getter(new Error('x'), field)] as const,
  ),
  ['an error that is its own cause', () => withCause(new Error('x'))],
  ['an error of 2 MB', () => new Error('x'.repeat(2_000_000))],
  ['a frozen error', () => Object.freeze(new Error('x'))],
  ['a then that throws', () => withThen(trap)],
  ['a then that cannot be read', () => getter({}, 'then')],
  ['a then that answers twice, and throws', () => withThen(answersTwice)],
  ['a promise that rejects with a revoked Proxy', () => Promise.reject(revoked({}) as Error)],
  ['a promise whose own then throws', () => withThen(trap, Promise.resolve(1))],
  ['a promise whose constructor throws', () => getter(Promise.resolve(1), 'constructor')],
  ['a cycle', () => withCause({})],
  ['a verdict of an unknown kind', () => ({ ...bury('x'), [VERDICT]: 'limited' })],
  ['a verdict whose kind throws', () => getter({}, VERDICT)],
  ['a verdict with an impossible delay', () => ({ ...retry(), delayMs: 'soon' })],
  ['a verdict with a hostile reason', () => ({ ...bury('x'), reason: revoked({}) })],
]

const VERDICT = Symbol.for('@mq/core/verdict')

const TRAPS = Object.getOwnPropertyNames(Reflect) as (keyof ProxyHandler<object>)[]

function trap(): never {
  throw new Error('not to be touched')
}

function handlerOf(traps: readonly (keyof ProxyHandler<object>)[]): ProxyHandler<never> {
  return Object.fromEntries(traps.map((name) => [name, trap]))
}

/** What it throws at a touch is as bad as itself. */
function selfThrower(): unknown {
  const all = TRAPS.map((name) => [name, () => throwIt()] as const)
  const proxy: unknown = new Proxy({}, Object.fromEntries(all))
  const throwIt = (): never => {
    throw proxy
  }
  return proxy
}

function revoked(target: object): unknown {
  const { proxy, revoke } = Proxy.revocable(target, {})
  revoke()
  return proxy
}

function getter<T extends object>(target: T, field: PropertyKey): T {
  return Object.defineProperty(target, field, { get: trap, enumerable: true })
}

function withCause<T extends object>(target: T): T {
  return Object.assign(target, { cause: target })
}

function answersTwice(resolve: (value: unknown) => void, reject: (error: unknown) => void): never {
  resolve(1)
  reject(new Error('and no'))
  return trap()
}

function withThen(then: (...settle: never[]) => void, target: object = {}): object {
  // oxlint-disable-next-line unicorn/no-thenable -- it is hostile on purpose
  return Object.defineProperty(target, 'then', { value: then })
}
