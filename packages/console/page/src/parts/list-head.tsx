import { filter } from '../state/router.ts'
import { search } from '../state/search.ts'
import type { Resource } from '../state/use-resource.ts'
import { SaveViewButton } from './save-view-button.tsx'
import { SearchField } from './search-field.tsx'
import { AsOf } from './state-of-load.tsx'

interface ListHeadProps {
  readonly title: string
  readonly label: string
  readonly of: Resource<unknown>
}

/** The head of a view that is one list: its title, its filter, and from when it is. */
export function ListHead({ title, label, of }: ListHeadProps) {
  return (
    <header class="block-head">
      <h1>{title}</h1>
      <SearchField label={label} value={search.value} onSearch={(q) => filter({ q })} />
      <SaveViewButton />
      <AsOf of={of} />
    </header>
  )
}
