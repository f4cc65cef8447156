import { z } from 'zod'
import { named, said } from '../api/schemas.ts'
import type { Faults } from './readable.ts'
import type { Show } from './show.ts'

/** One that is left out of a list, and why. */
export const unreadableEntry = named(
  'UnreadableEntry',
  z.object({
    name: z.string(),
    code: said('`layout-mismatch`, `storage-refused` …', z.string()),
    detail: said('what the storage said; for operators', z.string().optional()),
  }),
)

/** Nothing where all could be read. */
export function viewOfFaults(faults: Faults, show: Show): { unreadable?: z.infer<typeof unreadableEntry>[] } {
  if (faults.size === 0) return {}
  const unreadable = [...faults].map(([name, { code, message }]) => {
    const { message: detail } = show.error({ message })
    return { name, code, ...(detail !== undefined && { detail }) }
  })
  return { unreadable }
}
