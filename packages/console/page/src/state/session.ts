import { computed, signal } from '@preact/signals'
import type { ReadonlySignal } from '@preact/signals'
import { onAnswer } from '../api/call.ts'
import { api } from '../api/console-api.ts'
import type { Role, Session } from '../api/contract.ts'
import { Problem } from '../api/problem.ts'
import { words } from '../language/language.ts'
import { storageAway } from './live.ts'
import { storageSaid } from './clock.ts'

export type SignedIn = 'asking' | 'in' | 'out'

export const signedIn = signal<SignedIn>('asking')
/** Whether somebody was signed in before: then the form says so. */
export const wasIn = signal(false)
export const session = signal<Session | undefined>(undefined)

/** Since when the server has not answered, by the browser's clock. */
export const goneSince = signal<number | undefined>(undefined)

const RANKS: Readonly<Record<Role, number>> = { viewer: 0, producer: 1, operator: 2 }

/** Why the reader may not do what needs this role; undefined: they may. */
export function refusal(needed: Role): string | undefined {
  const { refused, roles } = words.value
  if (goneSince.value !== undefined) return refused.serverGone
  if (storageAway.value) return refused.storageAway
  const have = session.value
  if (have === undefined) return refused.serverGone
  if (have.readOnly) return refused.readOnly
  return RANKS[have.role] >= RANKS[needed] ? undefined : refused.role(roles[needed], roles[have.role])
}

export const isOperator: ReadonlySignal<boolean> = computed(() => session.value?.role === 'operator')

onAnswer((problem) => {
  if (problem?.status === 0) {
    goneSince.value ??= Date.now()
    return
  }
  goneSince.value = undefined
  if (problem?.status === 401) {
    if (signedIn.peek() === 'in') wasIn.value = true
    signedIn.value = 'out'
  }
})

/** Asks who we are; repeated by the caller until there is an answer. */
export async function askSession(): Promise<boolean> {
  try {
    const answer = await api.getSession()
    storageSaid(answer.serverTime)
    session.value = answer
    signedIn.value = 'in'
    return true
  } catch (error) {
    return error instanceof Problem && error.status === 401
  }
}

/** Throws where the server did not do it: then the browser still has its cookie, and the page must not hide that. */
export async function signOut(): Promise<void> {
  await api.signOut()
  session.value = undefined
  wasIn.value = false
  signedIn.value = 'out'
}
