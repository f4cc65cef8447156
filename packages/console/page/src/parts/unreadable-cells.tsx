import { words } from '../language/language.ts'
import { Mark } from './mark.tsx'
import { Name } from './name.tsx'

interface UnreadableCellsProps {
  readonly name: string
  readonly href: string
  readonly code: string
  /** How many cells the table has beside the name. */
  readonly others: number
}

/** The row of something that cannot be read, and why. */
export function UnreadableCells({ name, href, code, others }: UnreadableCellsProps) {
  return (
    <>
      <th scope="row">
        <a href={href}>
          <Mark name="bad" />
          <Name of={name} />
          <span class="state tone-bad">
            {words.value.states.unreadable}: {code}
          </span>
        </a>
      </th>
      <td colSpan={others} />
    </>
  )
}
