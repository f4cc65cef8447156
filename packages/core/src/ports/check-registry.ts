// As check-arguments.ts, for the registry.
import { checkCount, checkInteger, checkText, refuse } from './check-values.ts'
import { MAX_BATCH } from './limits.ts'
import type { NamesQuery, RegisteredName, RegistryNews } from './registry.ts'

const REGISTERED: readonly string[] = ['queue', 'channel']
/** Of what a worker says of itself. */
const MOST_ABOUT = 4_096
const MOST_ORDER = 64

/** The arguments of a registry's `note`. */
export function checkNews({ used = [], obliterated = [], working = [], left = [] }: RegistryNews): void {
  for (const names of [used, obliterated]) {
    checkCount('names', names.length)
    names.forEach(checkRegistered)
  }
  for (const workers of [working, left]) checkCount('workers', workers.length)
  for (const id of left) checkWorkerId(id)
  for (const { id, about } of working) {
    checkWorkerId(id)
    checkText('what a worker says', about)
    if (about.length > MOST_ABOUT) refuse(`a worker says at most ${MOST_ABOUT} characters, not ${about.length}`)
  }
}

/** The arguments of a registry's `order`. */
export function checkOrder(id: string, what: string): void {
  checkWorkerId(id)
  checkText('an order', what)
  if (what.length > MOST_ORDER) refuse(`an order has at most ${MOST_ORDER} characters, not ${what.length}`)
}

/** The arguments of a registry's `names`. */
export function checkNamesQuery({ kind, after = '', limit }: NamesQuery): void {
  checkRegistered({ kind, name: after })
  checkInteger('limit', limit, 1, MAX_BATCH)
}

function checkRegistered({ kind, name }: RegisteredName): void {
  if (!REGISTERED.includes(kind)) refuse(`no ${String(kind)} is registered`)
  checkText('a name', name)
}

function checkWorkerId(id: string): void {
  if (typeof id !== 'string' || id === '') refuse('a worker has an id')
}
