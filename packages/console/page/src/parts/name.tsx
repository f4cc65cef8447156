/** A name in a list; where there is no room for all of it, pointing at it shows the rest. */
export function Name({ of }: { readonly of: string }) {
  return (
    <span class="name" title={of}>
      {of}
    </span>
  )
}
