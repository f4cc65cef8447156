import type { ComponentChildren } from 'preact'
import { Mark } from './mark.tsx'

/** A line that warns. */
export function Note({ children }: { readonly children: ComponentChildren }) {
  return (
    <p class="note">
      <Mark name="warn" />
      {children}
    </p>
  )
}
