import type { Part } from './define-part.ts'

/** A Lua text. A part that is alone on its line is indented as its placeholder is; where there is none (''), there is no line. */
export function lua(texts: TemplateStringsArray, ...values: readonly (string | number | Part)[]): string {
  let text = texts[0]!
  for (const [i, value] of values.entries()) {
    const inner = typeof value === 'object' ? value.lua : String(value)
    const after = texts[i + 1]!
    const indent = after.startsWith('\n') ? /(?:^|\n)( +)$/.exec(text)?.[1] : undefined
    if (indent === undefined) text += inner + after
    else if (inner === '') text = text.slice(0, -indent.length) + after.slice(1)
    else text += inner.trim().replaceAll(/\n(?=.)/g, `\n${indent}`) + after
  }
  return text
}
