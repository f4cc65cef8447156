import { useEffect, useRef } from 'preact/hooks'
import { Icon } from './icon.tsx'

interface SearchFieldProps {
  readonly label: string
  readonly value: string
  readonly onSearch: (text: string) => void
  /** How long after the last key; 0: at once. */
  readonly afterMs?: number
}

export function SearchField({ label, value, onSearch, afterMs = 0 }: SearchFieldProps) {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => () => clearTimeout(timer.current), [])
  useEffect(() => {
    if (input.current && document.activeElement !== input.current) input.current.value = value
  }, [value])

  function search(): void {
    clearTimeout(timer.current)
    onSearch(input.current?.value.trim() ?? '')
  }
  return (
    <label class="search">
      <Icon name="search" />
      <input
        ref={input}
        type="search"
        aria-label={label}
        placeholder={label}
        autocomplete="off"
        spellcheck={false}
        defaultValue={value}
        onInput={() => {
          clearTimeout(timer.current)
          if (afterMs === 0) search()
          else timer.current = setTimeout(search, afterMs)
        }}
        onKeyDown={({ key, currentTarget }) => {
          if (key === 'Enter') search()
          if (key === 'Escape') currentTarget.blur()
        }}
      />
    </label>
  )
}
