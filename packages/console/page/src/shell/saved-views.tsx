import { useState } from 'preact/hooks'
import { words } from '../language/language.ts'
import { TextField } from '../parts/fields.tsx'
import { Icon } from '../parts/icon.tsx'
import { Modal } from '../parts/modal.tsx'
import { hrefOf } from '../state/router.ts'
import { areViewsOpen, cleanedName, deleteView, MOST_VIEWS, savedViews, saveView } from '../state/saved-views.ts'
import { toast } from '../state/toasts.ts'

/** Saves the view that is open under a name, and lists those that are saved. */
export function SavedViews() {
  return areViewsOpen.value ? <Open /> : null
}

function Open() {
  const { views: text, act } = words.value
  const [name, setName] = useState('')
  const isNamed = cleanedName(name) !== ''
  const close = (): void => {
    areViewsOpen.value = false
  }

  function save(event: Event): void {
    event.preventDefault()
    if (!isNamed) return
    const answer = saveView(name)
    if (answer === 'full') return toast('bad', text.full(String(MOST_VIEWS)))
    if (answer === 'tooLong') return toast('bad', text.tooLong)
    if (answer === 'forbidden') return toast('bad', text.forbidden)
    toast('good', text.saved(cleanedName(name)))
    close()
  }
  return (
    <Modal title={text.title} onClose={close}>
      <form onSubmit={save}>
        <p class="faint">{text.text}</p>
        <TextField label={text.name} value={name} onInput={setName} />
        <footer>
          <span class="spring" />
          <button type="submit" class="button main" aria-disabled={!isNamed} title={isNamed ? undefined : text.nameIt}>
            {act.save}
          </button>
        </footer>
      </form>
      {savedViews.value.length > 0 && (
        <ul class="saved-views" aria-label={text.title}>
          {savedViews.value.map((view) => (
            <li key={view.name}>
              <a href={hrefOf([]) + view.address} onClick={close}>
                <bdi>{view.name}</bdi>
              </a>
              <button
                type="button"
                class="bare"
                aria-label={text.delete(view.name)}
                title={text.delete(view.name)}
                onClick={() => deleteView(view.name)}
              >
                <Icon name="close" />
              </button>
            </li>
          ))}
        </ul>
      )}
    </Modal>
  )
}
