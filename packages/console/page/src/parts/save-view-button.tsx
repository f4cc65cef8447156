import { words } from '../language/language.ts'
import { place } from '../state/router.ts'
import { areViewsOpen } from '../state/saved-views.ts'

/** Beside the filter of a list, once there is something to save. */
export function SaveViewButton() {
  if (place.value.query.size === 0) return null
  return (
    <button type="button" class="button" onClick={() => (areViewsOpen.value = true)}>
      {words.value.views.save}
    </button>
  )
}
