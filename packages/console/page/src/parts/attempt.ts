import { Problem } from '../api/problem.ts'
import { wordFor, words } from '../language/language.ts'
import { toast } from '../state/toasts.ts'

/** What to say of a problem, in the reader's language where its code is known; else what the server says. */
export function describe(error: unknown): { readonly text: string; readonly detail: string | undefined } {
  const { problems } = words.value
  if (!(error instanceof Problem)) return { text: String(error), detail: undefined }
  const known: Readonly<Record<string, string>> = {
    'server-gone': problems.serverGone,
    unknown: problems.unknown,
    'storage-unavailable': problems.storageAway,
    unavailable: problems.storageAway,
    unsupported: problems.unsupported,
    'not-found': problems.notFound,
    'too-many-requests': problems.tooMany,
    forbidden: problems.forbidden,
    'storage-refused': problems.refused,
    'layout-mismatch': problems.newer,
    'read-only': problems.readOnly,
  }
  const text = wordFor(known, error.code) ?? error.message
  const request = error.requestId === undefined ? [] : [problems.request(error.requestId)]
  // What the storage itself said; only operators are given it.
  const said = error.code === 'storage-refused' || error.code === 'layout-mismatch' ? [error.message] : []
  const detail = [...said, ...request].join(' · ')
  return { text, detail: detail === '' ? undefined : detail }
}

/** Does it, and shows what went wrong. Undefined: it did not work. */
export async function attempt<T>(act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act()
  } catch (error) {
    const { text, detail } = describe(error)
    toast('bad', text, detail)
    return undefined
  }
}

/** Does what has no answer to look at, and shows what went wrong; whether it worked. */
export async function succeeds(act: () => Promise<unknown>): Promise<boolean> {
  return (await attempt(() => act().then(() => true))) ?? false
}
